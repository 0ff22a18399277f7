/** `countersign audit`: reads the audit trail. */

import { setTimeout } from 'node:timers/promises'
import type { AuditEvent, Store } from '@countersign/server'
import type { Command } from 'commander'
import { parseCount } from '../numbers.ts'
import { formatInstant, visible } from '../output.ts'
import { storeCommand } from '../settings-options.ts'
import { withStore } from '../workspace.ts'
import { wrap } from '../wrap.ts'

const pollMs = 500

export function addAuditCommand(program: Command): void {
  const audit = program.command('audit').description('Read the audit trail.')

  storeCommand(audit, 'tail', 'Prints the newest events.')
    .option('-n, --lines <count>', 'how many', parseCount, 20)
    .option('-f, --follow', 'go on with what comes, until Ctrl+C')
    .action(async (options: TailOptions, command: Command) => {
      const format = options.json === true ? (event: AuditEvent) => JSON.stringify(event) : formatEvent
      const print = (events: readonly AuditEvent[]): void => {
        for (const event of events) process.stdout.write(`${format(event)}\n`)
      }
      await withStore(command, async ({ store }) => {
        const events = await store.audit.list({ limit: options.lines, newest: true })
        print(events)
        if (options.follow === true) await follow(store, events.at(-1)?.id ?? '', print)
      })
    })
}

interface TailOptions {
  readonly lines: number
  readonly follow?: true
  readonly json?: true
}

async function follow(store: Store, after: string, print: (events: readonly AuditEvent[]) => void): Promise<void> {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  let last = after
  while (!stop.signal.aborted) {
    const events = await store.audit.list({ after: last, limit: 1000 })
    print(events)
    last = events.at(-1)?.id ?? last
    await setTimeout(pollMs, undefined, { signal: stop.signal }).catch(() => undefined)
  }
}

function formatEvent(event: AuditEvent): string {
  const facts = {
    user: event.userId,
    client: event.clientId,
    grant: event.grantId,
    from: event.address,
    ...event.detail,
  }
  const text = Object.entries(facts)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${formatFact(name, value)}`)
    .join(' ')
  const line = visible(`${formatInstant(event.at)}  ${event.type.padEnd(22)} ${event.actor}  ${text}`)
  // Whoever searches with other programs gets an event a line.
  return process.stdout.isTTY ? wrap(line, process.stdout.columns, 22).join('\n') : line
}

function formatFact(name: string, value: unknown): string {
  if (typeof value === 'number' && name.endsWith('At')) return formatInstant(value)
  return Array.isArray(value) ? value.join(',') : String(value)
}
