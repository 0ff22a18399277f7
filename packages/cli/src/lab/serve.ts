/** Runs one server of the lab until it is told to stop. */

import { isIP } from 'node:net'
import type { LabSystem, RunningServer, ServerOptions, SystemName, TraceMessage } from '@countersign/lab'
import { CommandError } from '../failure.ts'
import { nextCommand } from '../next-command.ts'
import { parsePort } from '../numbers.ts'
import { note } from '../output.ts'
import { stopSignal } from '../stop-signal.ts'

export interface ServeOptions {
  readonly port?: string
  readonly host: string
  readonly tokenTtl?: string
  readonly trace?: true
  readonly rotateEvery?: string
  readonly grace?: string
  readonly data?: string
  readonly redis?: string
}

/** What one system alone understands. */
const ownOptions: Readonly<Record<'rotate-every' | 'grace' | 'data' | 'redis', SystemName>> = {
  'rotate-every': 'jwt',
  grace: 'jwt',
  data: 'jwt',
  redis: 'one-time',
}

export async function serveLab(system: LabSystem, options: ServeOptions): Promise<void> {
  const server = await start(system, readOptions(system, options))
  // Before it says that it listens: whoever reads that may tell it to stop in the same moment.
  const stopped = stopSignal()
  process.on('SIGHUP', () => server.hangUp?.())
  if (options.trace) note('Warning: --trace prints every message, secrets included.')
  for (const warning of server.warnings ?? []) note(`Warning: ${warning}`)
  for (const [name, value] of Object.entries(server.facts ?? {})) print(`${name}: ${value}`)
  print(`listening on ${server.url}`)
  print(`pid ${process.pid}`)
  note(`next: ${nextStep(system, server)}`)
  await stopped
  await server.close()
}

/** The key that is named is one that was printed already: one that somebody gave is not shown. */
function nextStep({ name }: LabSystem, { url, psk, facts = {} }: RunningServer): string {
  const shown = psk !== undefined && Object.values(facts).includes(psk) ? psk : 'HEX'
  return nextCommand('lab', 'client', name, '--url', url, ...(psk === undefined ? [] : ['--psk', shown]))
}

async function start(system: LabSystem, options: ServerOptions): Promise<RunningServer> {
  try {
    return await system.start(options)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    const place = `port ${options.port ?? 0} of ${options.host ?? ''}`
    throw new CommandError(`${place} is taken. Choose another with --port, or 0 for any.`, { cause: error })
  }
}

function readOptions(system: LabSystem, options: ServeOptions): ServerOptions {
  const { host, port = String(system.port), tokenTtl, rotateEvery, grace, data, redis, trace } = options
  if (trace && !isLoopback(host)) {
    throw new CommandError(`--trace prints secrets and is for this machine alone: ${host} is not a loopback address.`)
  }
  return {
    host,
    port: parsePort(port),
    ...(tokenTtl === undefined ? {} : { tokenTtlSeconds: Number(parseSeconds('token-ttl', tokenTtl)) }),
    ...(trace ? { trace: printMessage } : {}),
    extra: ownExtra(system, {
      ...(rotateEvery === undefined ? {} : { 'rotate-every': parseSeconds('rotate-every', rotateEvery) }),
      ...(grace === undefined ? {} : { grace: grace === '0' ? grace : parseSeconds('grace', grace) }),
      ...(data === undefined ? {} : { data }),
      ...(redis === undefined ? {} : { redis }),
    }),
  }
}

function ownExtra(
  system: LabSystem,
  extra: Partial<Record<keyof typeof ownOptions, string>>,
): Readonly<Record<string, string>> {
  for (const name of Object.keys(extra) as (keyof typeof ownOptions)[]) {
    if (ownOptions[name] !== system.name) throw new CommandError(`--${name} is for ${ownOptions[name]} alone.`)
  }
  return extra
}

function parseSeconds(name: string, text: string): string {
  if (/^[1-9]\d{0,8}$/.test(text)) return text
  throw new CommandError(`--${name} takes a whole number of seconds, at least 1, not '${text}'.`)
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}

function printMessage({ from, to, text }: TraceMessage): void {
  print(`${from} → ${to}: ${text.replaceAll('\n', '\n    ')}`)
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
