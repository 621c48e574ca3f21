import { readFileSync } from 'node:fs'
import path from 'node:path'
import { urlVariable } from '../../src/databases'
import { recipes } from '../../src/databases/recipes'

const root = path.resolve(__dirname, '../../..')

it('docker-compose.test.yml has the databases that Testcontainers starts', () => {
  const { composeFile } = require(path.join(root, 'scripts/compose-file.js')) as {
    composeFile: (databases: object) => string
  }
  expect(readFileSync(path.join(root, 'docker-compose.test.yml'), 'utf8')).toBe(
    composeFile({ recipes, urlVariable }),
  )
})
