import type { Result } from '../result'

// Draws SVG without a library: a few rectangles, lines and texts. The colours follow the reader's
// theme.

const width = 760
const style = `<style>
text{font:13px system-ui,sans-serif;fill:#24292f}
.title{font-weight:600}.soft{fill:#57606a}
.grid{stroke:#d0d7de}.range{stroke:#24292f;stroke-width:1.5}
.peer{fill:#8c959f}.ours{fill:#0969da}
.line0{stroke:#0969da}.line1{stroke:#bc4c00}.line2{stroke:#1a7f37}
.dot0{fill:#0969da}.dot1{fill:#bc4c00}.dot2{fill:#1a7f37}
polyline{fill:none;stroke-width:2}
@media (prefers-color-scheme:dark){
text{fill:#e6edf3}.soft{fill:#9198a1}
.grid{stroke:#3d444d}.range{stroke:#e6edf3}
.peer{fill:#656c76}.ours{fill:#4493f8}
.line0{stroke:#4493f8}.line1{stroke:#f0883e}.line2{stroke:#3fb950}
.dot0{fill:#4493f8}.dot1{fill:#f0883e}.dot2{fill:#3fb950}
}
</style>`

/**
 * Draws a bar for each row's value in the column `chart`, with its range. This project's bars are
 * highlighted, and negative values extend to the left.
 */
export function barChart(results: readonly Result[]): string {
  const [left, right, rowHeight] = [350, 90, 24]
  const parts: string[] = []
  let y = 0
  for (const { title, rows, chart = '' } of results) {
    parts.push(text(0, y + 24, title, 'title'))
    y += 36
    const bars = rows.map(({ label, values }) => {
      const value = values[chart] ?? 0
      return { label, value, low: values['from'] ?? value, high: values['to'] ?? value }
    })
    const least = Math.min(0, ...bars.map(({ low }) => low))
    const most = Math.max(...bars.map(({ high }) => high))
    const across = (value: number) =>
      left + ((value - least) / (most - least)) * (width - left - right)
    for (const { label, value, low, high } of bars) {
      const [start, end] = [across(Math.min(0, value)), across(Math.max(0, value))]
      const kind = isOurs(label) ? 'ours' : 'peer'
      const middle = y + rowHeight / 2
      parts.push(
        text(left - 10, middle + 4, label, '', 'end'),
        `<rect class="${kind}" x="${at(start)}" y="${y + 4}" width="${at(end - start)}" height="${rowHeight - 8}" rx="2"/>`,
        `<line class="range" x1="${at(across(low))}" x2="${at(across(high))}" y1="${middle}" y2="${middle}"/>`,
        text(Math.max(end, across(high)) + 8, middle + 4, `${value.toFixed(1)} µs`, 'soft'),
      )
      y += rowHeight
    }
    y += 16
  }
  return svg(y, parts, results.map(({ title }) => title).join('; '))
}

/** Draws a line for each of the result's columns `lines`, over the labels of its rows. */
export function lineChart(results: readonly Result[]): string {
  const [left, right, height] = [60, 110, 130]
  const parts: string[] = []
  let y = 0
  for (const { title, rows, lines = [] } of results) {
    parts.push(text(0, y + 24, title, 'title'))
    y += 44
    const most = Math.max(...rows.flatMap(({ values }) => lines.map((line) => values[line] ?? 0)))
    const across = (index: number) =>
      left + (index / Math.max(1, rows.length - 1)) * (width - left - right)
    const bottom = y + height
    const up = (value: number) => bottom - (value / most) * height
    for (const value of [0, most / 2, most]) {
      parts.push(
        `<line class="grid" x1="${left}" x2="${width - right}" y1="${at(up(value))}" y2="${at(up(value))}"/>`,
        text(left - 8, up(value) + 4, `${value.toFixed(0)} µs`, 'soft', 'end'),
      )
    }
    rows.forEach(({ label }, index) =>
      parts.push(text(across(index), bottom + 20, label, 'soft', 'middle')),
    )
    lines.forEach((line, index) => {
      const points = rows.map(({ values }, row) => [across(row), up(values[line] ?? 0)] as const)
      const path = points.map(([px, py]) => `${at(px)},${at(py)}`).join(' ')
      parts.push(`<polyline class="line${index}" points="${path}"/>`)
      for (const [px, py] of points)
        parts.push(`<circle class="dot${index}" cx="${at(px)}" cy="${at(py)}" r="3"/>`)
      // A separate legend: lines of the same height would hide each other's names.
      const legend = y + 12 + index * 20
      parts.push(
        `<circle class="dot${index}" cx="${width - right + 24}" cy="${legend - 4}" r="4"/>`,
        text(width - right + 34, legend, line, ''),
      )
    })
    y = bottom + 40
  }
  return svg(y, parts, results.map(({ title }) => title).join('; '))
}

/** Returns whether a row is about this project. */
export function isOurs(label: string): boolean {
  return label.startsWith('oauth2-kit')
}

function svg(height: number, parts: readonly string[], label: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(label)}">
${style}
${parts.join('\n')}
</svg>
`
}

function text(x: number, y: number, words: string, kind: string, anchor = 'start'): string {
  const attributes = `x="${at(x)}" y="${at(y)}" class="${kind}" text-anchor="${anchor}"`
  return `<text ${attributes}>${escaped(words)}</text>`
}

function at(coordinate: number): string {
  return String(Math.round(coordinate * 10) / 10)
}

function escaped(words: string): string {
  return words.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}
