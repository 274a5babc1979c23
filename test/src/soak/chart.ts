import type { Sample } from './sample.js'

type Curve = { name: string; colour: string; of: (sample: Sample) => number | undefined }
type Panel = { title: string; unit: string; divisor: number; curves: Curve[] }

const mebibyte = 2 ** 20
const panels: Panel[] = [
  {
    title: 'Memory of the process',
    unit: 'MiB',
    divisor: mebibyte,
    curves: [
      { name: 'not backed by a file', colour: '#4269d0', of: ({ anonymous }) => anonymous },
      { name: 'mapped images', colour: '#97bbf5', of: ({ mapped }) => mapped },
      { name: 'JavaScript heap', colour: '#ff725c', of: ({ heap }) => heap },
      { name: 'after a collection', colour: '#9e2a1c', of: ({ live }) => live },
    ],
  },
  {
    title: 'State',
    unit: 'MiB',
    divisor: mebibyte,
    curves: [
      { name: 'nodes of all kept states', colour: '#3ca951', of: ({ nodes }) => nodes },
      { name: 'changed since the checkpoint', colour: '#efb118', of: ({ dirty }) => dirty },
    ],
  },
  {
    title: 'Disk',
    unit: 'MiB',
    divisor: mebibyte,
    curves: [
      { name: 'images', colour: '#6cc5b0', of: ({ images }) => images },
      { name: 'log', colour: '#a463f2', of: ({ log }) => log },
      { name: 'history', colour: '#9c6b4e', of: ({ history }) => history },
    ],
  },
  {
    title: 'Progress',
    unit: 'thousands',
    divisor: 1000,
    curves: [
      { name: 'blocks', colour: '#4269d0', of: ({ blocks }) => blocks },
      { name: 'archived states', colour: '#9c6b4e', of: ({ archived }) => archived },
    ],
  },
]

const width = 960
const panelHeight = 190
const [left, right, top, bottom] = [64, 24, 34, 26]

/** The samples as curves, in one picture. */
export function chartOf(samples: readonly Sample[], title: string): string {
  const height = 40 + panels.length * panelHeight
  const last = Math.max(1, samples.at(-1)?.seconds ?? 1)
  const body = panels.map((panel, i) => panelOf(panel, samples, last, 40 + i * panelHeight))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="${left}" y="24" font-size="15" font-weight="bold" fill="#222">${escaped(title)}</text>`,
    ...body,
    '</svg>',
    '',
  ].join('\n')
}

function panelOf(panel: Panel, samples: readonly Sample[], last: number, y: number): string {
  const most = niceAbove(
    Math.max(...panel.curves.flatMap(({ of }) => samples.map((sample) => (of(sample) ?? 0) / panel.divisor))),
  )
  const x = (seconds: number): number => left + (seconds / last) * (width - left - right)
  const inner = panelHeight - top - bottom
  const yOf = (value: number): number => y + top + inner - (value / most) * inner
  const parts = [
    `<text x="${left}" y="${y + 18}" font-weight="bold" fill="#222">${panel.title}, ${panel.unit}</text>`,
  ]
  for (const share of [0, 0.5, 1]) {
    const at = round(yOf(most * share))
    parts.push(
      `<line x1="${left}" x2="${width - right}" y1="${at}" y2="${at}" stroke="#ddd"/>`,
      `<text x="${left - 8}" y="${at + 4}" text-anchor="end" fill="#555">${round(most * share)}</text>`,
    )
  }
  for (const share of [0, 0.25, 0.5, 0.75, 1]) {
    const text = `${round((last * share) / 60)} min`
    parts.push(
      `<text x="${round(x(last * share))}" y="${y + panelHeight - 8}" text-anchor="middle" fill="#555">${text}</text>`,
    )
  }
  let legend = 300
  for (const { name, colour, of } of panel.curves) {
    const points = samples.flatMap((sample) => {
      const value = of(sample)
      return value === undefined ? [] : [`${round(x(sample.seconds))},${round(yOf(value / panel.divisor))}`]
    })
    parts.push(
      `<polyline points="${points.join(' ')}" fill="none" stroke="${colour}" stroke-width="1.6"/>`,
      `<rect x="${legend}" y="${y + 9}" width="12" height="10" fill="${colour}"/>`,
      `<text x="${legend + 18}" y="${y + 18}" fill="#222">${name}</text>`,
    )
    legend += 40 + name.length * 7
  }
  return parts.join('\n')
}

/** 1, 2 or 5 times a power of ten. */
function niceAbove(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-3)))
  return [1, 2, 5, 10].map((n) => n * power).find((n) => n >= value)!
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
