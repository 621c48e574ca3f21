import { selfTests } from './support/self-tests'

selfTests(
  'that are promise models',
  (variant) => variant.promiseModel !== undefined,
  ({ models }) => models?.promise !== undefined,
)
