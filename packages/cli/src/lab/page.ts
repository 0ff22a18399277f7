/** Serves the page of the lab, with the five systems behind it, until it is told to stop. */

import { startLabPage } from '@countersign/lab'
import type { LabPage } from '@countersign/lab'
import { CommandError } from '../failure.ts'
import { parsePort } from '../numbers.ts'
import { note } from '../output.ts'
import { stopSignal } from '../stop-signal.ts'
import { product } from './product.ts'

export interface PageOptions {
  readonly port: string
  readonly host: string
}

export async function serveLabPage({ port, host }: PageOptions): Promise<void> {
  const page = await start(host, parsePort(port))
  const stopped = stopSignal()
  for (const { system, server, isElsewhere } of page.started) {
    for (const warning of server.warnings ?? []) note(`Warning: ${system.name}: ${warning}`)
    const facts = Object.entries(server.facts ?? {}).map(([name, value]) => `, ${name}: ${value}`)
    const reason = isElsewhere ? ` (port ${system.port} was taken)` : ''
    print(`${system.name} at ${server.url}${reason}${facts.join('')}`)
  }
  print(`listening on ${page.url}`)
  print(`pid ${process.pid}`)
  await stopped
  await page.close()
  // An attack may be under way, and nobody waits for it.
  process.exit()
}

async function start(host: string, port: number): Promise<LabPage> {
  try {
    return await startLabPage({ product, host, port })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    const mend = 'Choose another with --port, or 0 for any.'
    throw new CommandError(`port ${port} of ${host} is taken. ${mend}`, { cause: error })
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
