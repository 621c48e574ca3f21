import { selfTests } from './support/self-tests'

selfTests(
  'that are models of the 2.4 line',
  (variant) => variant.breaksModel !== undefined,
  (one) => one.run === undefined && one.models?.['2.4'] !== undefined,
)
