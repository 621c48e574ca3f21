import { selfTests } from './support/self-tests'

selfTests(
  'over a wire and in processes',
  (variant) => Boolean(variant.served) && !variant.promiseModel,
  ({ run, needs }) =>
    run !== undefined && needs.some((need) => need === 'wire' || need === 'processes'),
)
