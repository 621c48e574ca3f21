import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describeDatabase } from '@oauth2-kit/conformance/databases'
import { transformSync } from '@swc/core'
import { programFolder, programsOf, root, writeProgram } from '../../../test/support/programs'
import { defaults } from '../src/options'
import { ddlOf, runSql } from './support/engines'

const document = 'adapters/prisma/README.md'
const generated = path.join(__dirname, 'generated/postgresql')
const [program] = programsOf(document)

describe('the readme', () => {
  describeDatabase('postgres', (database) => {
    it('has a program that accepts its tables and prints the secret only once', async () => {
      const isolated = await database.isolated()
      await runSql(isolated.url, ddlOf('postgresql'))
      using place = programFolder()
      const client = path.join(place.folder, 'generated/prisma')
      for (const file of readdirSync(generated, { recursive: true, encoding: 'utf8' })) {
        if (!file.endsWith('.ts')) continue
        const { code } = transformSync(readFileSync(path.join(generated, file), 'utf8'), {
          jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
          module: { type: 'commonjs' },
        })
        const target = path.join(client, file.replace(/ts$/, 'js'))
        mkdirSync(path.dirname(target), { recursive: true })
        // Node detects exported names statically, and does not detect those that SWC exports.
        const names = file === 'client.ts' ? '\n0 && (module.exports = { PrismaClient })\n' : ''
        writeFileSync(target, code + names)
      }
      const main = writeProgram(program!, place.folder)
      const first = await outputOf(main, isolated.url)
      expect(first).toEqual({ code: 0, output: expect.stringContaining('The secret of album') })
      expect(await outputOf(main, isolated.url)).toEqual({ code: 0, output: '' })
      await isolated.drop()
    })
  })

  it('has a program that passes the type check', () => {
    using place = programFolder()
    cpSync(generated, path.join(place.folder, 'generated/prisma'), { recursive: true })
    writeFileSync(path.join(place.folder, program!.name), program!.code)
    const config = {
      extends: path.join(root, 'tsconfig.test.json'),
      compilerOptions: { noUnusedLocals: false },
      include: ['*.mts'],
    }
    writeFileSync(path.join(place.folder, 'tsconfig.json'), JSON.stringify(config))
    const tsc = path.join(root, 'node_modules/.bin/tsc')
    expect(spawnSync(tsc, ['-p', place.folder], { encoding: 'utf8' }).stdout).toBe('')
  })

  it('has a table of every option with its default', () => {
    const text = readFileSync(path.join(root, document), 'utf8')
    const rows = [...text.matchAll(/^\| `(\w+)` \| .* \| `?([^|`]*?)`? \|$/gm)].map(
      ([, name, value]) => [name, value],
    )
    const values = Object.entries(defaults).map(([name, value]) => [name, String(value)])
    expect(rows).toEqual([...values, ['provider', "the client's"]])
  })
})

/** Runs a program until it exits, and returns its exit code and output. */
async function outputOf(main: string, url: string) {
  const child = spawn(process.execPath, [main], { env: { ...process.env, DATABASE_URL: url } })
  let output = ''
  child.stdout.on('data', (text) => (output += text))
  child.stderr.on('data', (text) => (output += text))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output }
}
