import { selfTests } from './support/self-tests'

selfTests(
  'called directly',
  (variant) => !variant.served && !variant.breaksModel && !variant.promiseModel,
  ({ needs, run }) => run !== undefined && !needs.some(isServed),
)

function isServed(need: string): boolean {
  return need === 'wire' || need === 'processes'
}
