#!/usr/bin/env node
import { init } from './init'

const [command, ...rest] = process.argv.slice(2)
process.exitCode = init(command === 'init' ? rest : ['--help'])
