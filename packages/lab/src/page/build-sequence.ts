/// <reference lib="dom" />
/**
 * Draws messages as a sequence diagram: who talks stands on top, time runs down. It is drawn for the width that there is,
 * so that its letters have the same size on a phone.
 *
 * Sent to the browser as the text of this one function.
 */

import type { Exchange } from '../running-server.ts'
import type { Elements } from './create-elements.ts'

/** `newest`: how many of the last exchanges appear slowly. */
export function buildSequence(
  elements: Elements,
  exchanges: readonly Exchange[],
  width: number,
  newest: number,
): SVGElement {
  const { svg } = elements
  const margin = 44
  const lineHeight = 17
  const characterWidth = 7.3
  const mostLines = 4
  const people = [...new Set(exchanges.flatMap(({ from, to }) => [from, to]))]
  const spacing = (width - 2 * margin) / Math.max(1, people.length - 1)
  const placeOf = (name: string): number => margin + spacing * people.indexOf(name)
  const children: SVGElement[] = []
  let y = 58

  exchanges.forEach(({ from, to, sent, received, note }, at) => {
    const fresh = at >= exchanges.length - newest ? ' fresh' : ''
    const asked: SVGElement[] = []
    if (note !== undefined) addText(asked, note, from, to, 'note')
    for (const line of linesOf(sent, Math.abs(placeOf(to) - placeOf(from)))) addText(asked, line, from, to, 'bytes')
    addArrow(asked, from, to, 'request')
    const answered: SVGElement[] = []
    const answer = received === '' ? '(closed without an answer)' : received
    for (const line of linesOf(answer, Math.abs(placeOf(to) - placeOf(from))))
      addText(answered, line, to, from, 'bytes')
    addArrow(answered, to, from, 'answer')
    y += 12
    children.push(
      svg('g', { class: `message${fresh}` }, ...asked),
      svg('g', { class: `message answered${fresh}` }, ...answered),
    )
  })

  const label = `Sequence of ${exchanges.length * 2} messages between ${people.join(' and ')}; the messages follow as text.`
  return svg(
    'svg',
    { class: 'sequence', viewBox: `0 0 ${width} ${y}`, width, height: y, role: 'img', 'aria-label': label },
    ...people.flatMap((name) => lifeline(name, y)),
    ...children,
  )

  function lifeline(name: string, bottom: number): SVGElement[] {
    const x = placeOf(name)
    return [
      svg('line', { class: 'lifeline', x1: x, y1: 32, x2: x, y2: bottom }),
      svg('rect', { class: 'person', x: x - 40, y: 4, width: 80, height: 28, rx: 6 }),
      svg('text', { class: 'name', x, y: 23, 'text-anchor': 'middle' }, name),
    ]
  }

  function addText(group: SVGElement[], text: string, from: string, to: string, kind: string): void {
    const x = Math.min(placeOf(from), placeOf(to)) + 12
    group.push(svg('text', { class: kind, x, y }, text))
    y += lineHeight
  }

  function addArrow(group: SVGElement[], from: string, to: string, kind: string): void {
    const [start, end] = [placeOf(from), placeOf(to)]
    const back = start < end ? -8 : 8
    y -= 7
    group.push(
      svg('line', { class: `arrow ${kind}`, x1: start, y1: y, x2: end + back, y2: y }),
      svg('path', { class: 'head', d: `M${end} ${y} l${back} -5 v10 z` }),
    )
    y += 26
  }

  /** What a header says of the form alone is left to the full text. */
  function linesOf(text: string, room: number): string[] {
    const most = Math.max(8, Math.floor((room - 24) / characterWidth))
    const lines = text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('Content-Type:'))
      .flatMap((line) =>
        wrap(line, most)
          .slice(0, 2)
          .map((part, at, parts) =>
            at === 1 && wrap(line, most).length > parts.length ? `${part.slice(0, -1)}…` : part,
          ),
      )
    return lines.length <= mostLines ? lines : [...lines.slice(0, mostLines - 1), '…']
  }

  function wrap(line: string, most: number): string[] {
    const characters = Array.from(line)
    return Array.from({ length: Math.ceil(characters.length / most) }, (_, at) =>
      characters.slice(at * most, (at + 1) * most).join(''),
    )
  }
}
