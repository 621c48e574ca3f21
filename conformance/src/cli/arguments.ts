import { parseArgs } from 'node:util'
import { type DatabaseName, databaseNames } from '../databases'
import { type ModelContractName, modelContracts } from '../model/contracts'
import { type ReporterName, reporters } from '../reporters'
import { everything } from '../session'
import { type Level, levels } from '../types'

/** The parsed command line. */
export interface Arguments {
  file: string | undefined
  export: string | undefined
  /** Undefined if it is not set: then the contract decides. */
  level: Level | undefined
  /** Undefined if it is not set: then the functions of the model decide. */
  contract: ModelContractName | undefined
  only: string[]
  except: string[]
  seed: number | undefined
  reporter: ReporterName
  require: DatabaseName[]
  list: boolean
  explain: string | undefined
  selfTest: boolean
  help: boolean
}

/** A usage error. The message says what is allowed. */
export class WrongUse extends Error {}

export const usage = `Usage: oauth2-conformance <module> [options]

Checks a store of oauth2-kit, a model of oauth2-server 2.4, or a promise model of its versions 3
to 5. The module exports a function \`createStore\` or \`create\`, or the store or model itself.

  --export <name>      the export to use                         (createStore, create, default)
  --level <level>      the level to reach: contract, secure or   (fast; contract for a model)
                       fast
  --contract <name>    the contract of a model: 2.4 or promise   (what its functions show)
  --only <cases>       groups or ids of cases to run, such as    (all)
                       'once.*,record'
  --except <cases>     groups or ids of cases to leave out       (none)
  --seed <number>      the seed of random inputs                 (a random number)
  --reporter <name>    ${Object.keys(reporters).join(', ')}   (pretty)
  --require <names>    databases that must be available: ${databaseNames.slice(0, 3).join(', ')} ...
  --list               list the cases
  --explain <case>     describe a case
  --self-test          check the suite itself
  --help               show this help

Exit codes: 0 the level is reached, 1 a case failed or the level is not reached, 2 usage error,
3 database missing, 4 self-test failed, 130 interrupted. With --only or --except, 0 means that some
cases ran, and none failed.
`

/** Parses the command line. Throws WrongUse. */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parsed(args)
  if (positionals.length > 1)
    throw new WrongUse(`Only one module is allowed; there are ${positionals.join(' and ')}`)
  const { seed, require: required } = values
  return {
    file: positionals[0],
    export: values.export,
    level: values.level === undefined ? undefined : oneOf('--level', values.level, levels),
    contract:
      values.contract === undefined
        ? undefined
        : oneOf('--contract', values.contract, modelContracts),
    only: listOf(values.only),
    except: listOf(values.except),
    seed: seed === undefined ? undefined : numberOf('--seed', seed),
    reporter: oneOf('--reporter', values.reporter, Object.keys(reporters) as ReporterName[]),
    require: listOf(required ? [required] : []).map((name) =>
      oneOf('--require', name, databaseNames),
    ),
    list: values.list,
    explain: values.explain,
    selfTest: values['self-test'],
    help: values.help,
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        export: { type: 'string' },
        level: { type: 'string' },
        contract: { type: 'string' },
        only: { type: 'string', multiple: true, default: [everything] },
        except: { type: 'string', multiple: true, default: [] },
        seed: { type: 'string' },
        reporter: { type: 'string', default: 'pretty' },
        require: { type: 'string' },
        list: { type: 'boolean', default: false },
        explain: { type: 'string' },
        'self-test': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new WrongUse((error as Error).message, { cause: error })
  }
}

/** Splits lists at their commas. */
function listOf(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(',').map((one) => one.trim()))
}

function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value)
  if (found === undefined)
    throw new WrongUse(`"${option}" must be ${allowed.join(', ')}; it is "${value}"`)
  return found
}

function numberOf(option: string, value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number))
    throw new WrongUse(`"${option}" must be a whole number; it is "${value}"`)
  return number
}
