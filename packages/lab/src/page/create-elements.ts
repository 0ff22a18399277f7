/// <reference lib="dom" />
/**
 * Makes elements for the page. Texts are always text, whatever an attacker sent.
 *
 * Sent to the browser as the text of this one function.
 */

import type { Exchange } from '../running-server.ts'

type Child = Node | string
type Attributes = Readonly<Record<string, string | number>>

export interface Elements {
  readonly html: (name: string, attributes: Attributes, ...children: Child[]) => HTMLElement
  readonly svg: (name: string, attributes: Attributes, ...children: Child[]) => SVGElement
  /** An outcome as its icon and its word. */
  readonly mark: (outcome: string) => HTMLElement
  /** Messages with their answers, in full. */
  readonly messages: (exchanges: readonly Exchange[]) => HTMLElement
  readonly find: (id: string) => HTMLElement
}

export function createElements(): Elements {
  const words: Readonly<Record<string, string>> = {
    succeeded: 'gets in',
    blocked: 'blocked',
    'not-applicable': 'does not apply',
  }

  function html(name: string, attributes: Attributes, ...children: Child[]): HTMLElement {
    return fill(document.createElement(name), attributes, children)
  }

  function svg(name: string, attributes: Attributes, ...children: Child[]): SVGElement {
    const element: Element = document.createElementNS('http://www.w3.org/2000/svg', name)
    return fill(element as SVGElement, attributes, children)
  }

  function fill<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value))
    element.append(...children)
    return element
  }

  function mark(outcome: string): HTMLElement {
    const icon = svg(
      'svg',
      { class: 'icon', viewBox: '0 0 16 16', 'aria-hidden': 'true' },
      svg('use', { href: `#icon-${outcome}` }),
    )
    return html(
      'span',
      { class: 'mark', 'data-outcome': outcome },
      icon,
      html('span', { class: 'word' }, words[outcome] ?? outcome),
    )
  }

  function messages(exchanges: readonly Exchange[]): HTMLElement {
    return html('ol', { class: 'messages' }, ...exchanges.map(message))
  }

  function message({ from, to, sent, received, note }: Exchange): HTMLElement {
    const answer = received === '' ? '(closed without an answer)' : received
    return html(
      'li',
      {},
      html('p', {}, html('b', {}, `${from} to ${to}`), note === undefined ? '' : `: ${note}`),
      html('pre', {}, sent),
      html('p', {}, html('b', {}, `${to} to ${from}`)),
      html('pre', {}, answer),
    )
  }

  function find(id: string): HTMLElement {
    const found = document.getElementById(id)
    if (found === null) throw new Error(`no element "${id}"`)
    return found
  }

  return { html, svg, mark, messages, find }
}
