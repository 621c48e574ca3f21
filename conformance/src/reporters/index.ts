import { github, json, junit, tap } from './machines'
import { markdown } from './markdown'
import { pretty } from './pretty'
import type { Reporter } from './reporter'

/** The reporters by name. */
export const reporters = { pretty, tap, json, junit, markdown, github } as const satisfies Record<
  string,
  Reporter
>

/** The name of a reporter. */
export type ReporterName = keyof typeof reporters
