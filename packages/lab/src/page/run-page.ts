/// <reference lib="dom" />
/**
 * The script of the page: asks the lab to run things, and shows what it tells.
 *
 * Sent to the browser as the text of this one function.
 */

import type { AttackResult } from '../attacks/run-attacks.ts'
import type { Exchange } from '../running-server.ts'
import type { buildSequence as BuildSequence } from './build-sequence.ts'
import type { Elements } from './create-elements.ts'
import type { LabEvent, RunEvent, RunKind } from './lab-event.ts'

export function runPage(elements: Elements, buildSequence: typeof BuildSequence): void {
  const { html, mark, messages, find } = elements
  const buttons = [...document.querySelectorAll<HTMLButtonElement>('button[data-run]')]
  const names = [...document.querySelectorAll('section.system')].map(({ id }) => id)
  const attackCount = document.querySelectorAll('#matrix tbody tr').length
  const talking = names.filter((name) => document.getElementById(`${name}-flow`) !== null)
  const clients = new Map(talking.map((name) => [name, { exchanges: [] as Exchange[], told: Promise.resolve() }]))
  const results = new Map(names.map((name) => [name, [] as AttackResult[]]))
  const underWay = new Set<string>()
  let hasCaughtUp = false

  for (const button of buttons) button.addEventListener('click', () => void ask(button))
  new ResizeObserver(() => talking.forEach((name) => drawFlow(name, 0))).observe(find('ladder'))
  listen()

  async function ask({ dataset }: HTMLButtonElement): Promise<void> {
    const { run = '', system = '' } = dataset
    if (isBusy(run, system)) return
    const response = await fetch(`/${run}/${system}`, { method: 'POST' }).catch(() => undefined)
    if (response === undefined) announce('The lab does not answer.')
  }

  function listen(): void {
    const source = new EventSource('/events')
    source.onopen = () => {
      hasCaughtUp = false
      underWay.clear()
      find('connection').hidden = true
    }
    source.onerror = () => {
      find('connection').hidden = false
    }
    source.onmessage = ({ data }) => take(JSON.parse(String(data)) as LabEvent)
  }

  function take(event: LabEvent): void {
    if (event.type === 'caught-up') {
      hasCaughtUp = true
      return showBusy()
    }
    if (event.type === 'result') return showResult(event.system, event.result)
    const isOfClient = event.type === 'exchange' || event.type === 'printed' || event.run === 'client'
    if (!isOfClient) return showAttacksRun(event)
    const client = clients.get(event.system)
    if (client === undefined) return
    // One message after the other, so that the eye can follow; all at once for those who asked for less motion.
    const isSlow = hasCaughtUp && !matchMedia('(prefers-reduced-motion: reduce)').matches
    client.told = client.told.then(async () => {
      showClientRun(event)
      if (isSlow && event.type === 'exchange') await new Promise((resolve) => setTimeout(resolve, 600))
    })
  }

  function showClientRun(event: Exclude<LabEvent, { type: 'caught-up' | 'result' }>): void {
    const { system } = event
    const client = clients.get(system)
    const printed = find(`${system}-printed`)
    if (client === undefined) return
    if (event.type === 'exchange') {
      client.exchanges.push(event.exchange)
      drawFlow(system, 1)
      find(`${system}-messages`).replaceChildren(messages(client.exchanges))
      find(`${system}-full`).hidden = false
    } else if (event.type === 'printed') {
      printed.append(`${event.line}\n`)
      find(`${system}-said`).hidden = false
    } else if (event.type === 'ended') {
      const count = client.exchanges.length
      const text = event.failure ?? `${count} ${count === 1 ? 'message' : 'messages'}, each with its answer.`
      setProgress(system, 'client', text)
      say(`${system}: the client is done. ${text}`)
      setBusy(system, 'client', false)
    } else {
      client.exchanges = []
      printed.replaceChildren()
      setProgress(system, 'client', 'The client talks…')
      setBusy(system, 'client', true)
    }
  }

  function drawFlow(system: string, newest: number): void {
    const place = find(`${system}-flow`)
    const exchanges = clients.get(system)?.exchanges ?? []
    if (exchanges.length === 0) return place.replaceChildren()
    place.replaceChildren(buildSequence(elements, exchanges, Math.floor(place.clientWidth), newest))
  }

  function showAttacksRun(event: RunEvent): void {
    const { system } = event
    if (event.type === 'queued') {
      results.set(system, [])
      find(`${system}-attacks`).replaceChildren()
      find(`${system}-left-out`).hidden = true
      for (const cell of document.querySelectorAll(`td[data-cell^="${system} "]`)) {
        cell.replaceChildren(html('span', { class: 'not-yet' }, '…'))
      }
      setProgress(system, 'attacks', 'Waits for its turn…')
      setBusy(system, 'attacks', true)
    } else if (event.type === 'started') {
      setProgress(system, 'attacks', 'The first attack is under way…')
    } else {
      setBusy(system, 'attacks', false)
      const text = event.failure ?? summary(system)
      setProgress(system, 'attacks', text)
      say(`${system}: ${text}`)
    }
    showTally(system)
  }

  function showResult(system: string, result: AttackResult): void {
    const known = results.get(system) ?? []
    known.push(result)
    const { attack, outcome, expected } = result
    const cell = document.querySelector(`td[data-cell="${system} ${attack}"]`)
    cell?.replaceChildren(mark(outcome), ...brokenPromise(outcome, expected))
    if (outcome === 'not-applicable') showLeftOut(system, known)
    else find(`${system}-attacks`).append(html('li', {}, describeResult(result)))
    if (known.length < attackCount) setProgress(system, 'attacks', `${known.length} of ${attackCount} attacks made…`)
    showTally(system)
  }

  function describeResult({ attack, outcome, expected, evidence, exchanges }: AttackResult): HTMLElement {
    const tries = document.querySelector(`td[data-cell$=" ${attack}"]`)?.parentElement?.querySelector('.tries')
    const details = html(
      'details',
      {},
      html(
        'summary',
        {},
        mark(outcome),
        html('span', { class: 'attack-name' }, attack),
        html('span', { class: 'tries' }, tries?.textContent ?? ''),
        ...brokenPromise(outcome, expected),
      ),
    )
    details.addEventListener(
      'toggle',
      () => {
        const many = exchanges.length >= 20 ? 'The first and the last messages:' : 'The messages:'
        details.append(
          html('p', {}, html('b', {}, 'Seen: '), evidence),
          ...(exchanges.length === 0 ? [] : [html('p', { class: 'quiet' }, many), box(attack, exchanges)]),
        )
      },
      { once: true },
    )
    return details
  }

  function box(attack: string, exchanges: readonly Exchange[]): HTMLElement {
    return html('div', { class: 'box', role: 'group', tabindex: '0', 'aria-label': attack }, messages(exchanges))
  }

  function brokenPromise(outcome: string, expected: string): HTMLElement[] {
    return outcome === expected ? [] : [html('strong', { class: 'broken' }, `promised: ${expected}`)]
  }

  function showLeftOut(system: string, known: readonly AttackResult[]): void {
    const without = known.filter(({ outcome }) => outcome === 'not-applicable')
    const details = find(`${system}-left-out`)
    details.hidden = false
    details.querySelector('summary')?.replaceChildren(`${without.length} do not apply here`)
    details
      .querySelector('dl')
      ?.replaceChildren(
        ...without.flatMap(({ attack, evidence }) => [html('dt', {}, attack), html('dd', {}, evidence)]),
      )
  }

  function summary(system: string): string {
    const known = results.get(system) ?? []
    const count = (wanted: string): number => known.filter(({ outcome }) => outcome === wanted).length
    const broken = known.filter(({ outcome, expected }) => outcome !== expected).length
    const promise = broken === 0 ? 'all as promised' : `${broken} not as promised`
    return `${count('succeeded')} of ${known.length - count('not-applicable')} attacks get in, ${promise}.`
  }

  function showTally(system: string): void {
    const known = results.get(system) ?? []
    const getIn = known.filter(({ outcome }) => outcome === 'succeeded').length
    const tally = document.querySelector(`[data-tally="${system}"]`)
    if (known.length === 0) tally?.replaceChildren()
    else tally?.replaceChildren(getIn === 1 ? '1 attack gets in' : `${getIn} attacks get in`)
    const measured = [...results.values()].reduce((sum, { length }) => sum + length, 0)
    const all = attackCount * names.length
    find('matrix-progress').textContent = measured === 0 ? '' : `${measured} of ${all} measured.`
  }

  function setProgress(system: string, run: RunKind, text: string): void {
    find(`${system}-${run}-progress`).textContent = text
  }

  function isBusy(run: string, system: string): boolean {
    return system === 'all' ? names.some((name) => underWay.has(`${run} ${name}`)) : underWay.has(`${run} ${system}`)
  }

  function setBusy(system: string, run: RunKind, isOn: boolean): void {
    if (isOn) underWay.add(`${run} ${system}`)
    else underWay.delete(`${run} ${system}`)
    showBusy()
  }

  /** Not `disabled`: that would take the focus away from whoever just pressed it. */
  function showBusy(): void {
    for (const button of buttons) {
      const { run = '', system = '' } = button.dataset
      button.setAttribute('aria-disabled', String(isBusy(run, system)))
    }
  }

  /** What happened before this page was there is shown, but not read out. */
  function say(text: string): void {
    if (hasCaughtUp) announce(text)
  }

  function announce(text: string): void {
    find('announcement').textContent = text
  }
}
