import type { Progress } from '../runner'

/** A line on the terminal that says how far the run is; nothing where there is no terminal. */
export function progressLine(): { show: Progress; clear: () => void } {
  const { stderr } = process
  if (!stderr.isTTY) return { show: () => {}, clear: () => {} }
  return {
    show({ case: { id }, status }, done, of) {
      stderr.write(`\r\u001b[K${done}/${of} ${status === 'failed' ? '✗ ' : ''}${id}`)
    },
    clear: () => void stderr.write('\r\u001b[K'),
  }
}
