import { selfTests } from './support/self-tests'

selfTests(
  'over a wire and in processes',
  (variant) => Boolean(variant.served),
  ({ needs }) => needs.some((need) => need === 'wire' || need === 'processes'),
)
