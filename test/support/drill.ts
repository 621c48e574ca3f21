/**
 * A `describe` for tests that kill servers under load. They are too slow for every run, so only
 * `npm run test:drills` runs them. Smaller tests check the same behaviour in every run.
 */
export const drill = process.env['OAUTH2_TEST_DRILLS'] === undefined ? describe.skip : describe

/** Prints the figures of a drill. */
export function tell(figures: string): void {
  process.stderr.write(`${figures}\n`)
}
