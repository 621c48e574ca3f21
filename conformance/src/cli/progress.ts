import type { Progress } from '../runner'

/** Returns a progress line for the terminal. It writes nothing if stderr is not a terminal. */
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
