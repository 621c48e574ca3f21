/**
 * A `describe` for what kills servers under load: too much for every run on a busy machine, so
 * `npm run test:drills` asks for it. What it proves has a small test in every run.
 */
export const drill = process.env['OAUTH2_TEST_DRILLS'] === undefined ? describe.skip : describe

/** Has the figures of a drill in the output of the run. */
export function tell(figures: string): void {
  process.stderr.write(`${figures}\n`)
}
