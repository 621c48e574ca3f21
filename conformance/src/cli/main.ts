#!/usr/bin/env node
import { command } from './command'

const output = {
  out: (text: string) => void process.stdout.write(text),
  err: (text: string) => void process.stderr.write(text),
}

void command(process.argv.slice(2), output).then((code) => {
  // Handles that a store left open must not keep the command from ending.
  process.exit(code)
})
