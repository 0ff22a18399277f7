/** Runs the benign client of a system and shows each message with its answer. */

import type { AttackedSystem, Exchange, LabSystem } from '@countersign/lab'
import { CommandError } from '../failure.ts'
import { readUrl } from './url.ts'

export interface ClientOptions {
  readonly url?: string
  readonly psk?: string
}

export async function runLabClient(system: LabSystem, options: ClientOptions): Promise<void> {
  const given = readUrl(system, options)
  const server = given === undefined ? await system.start({}) : undefined
  const { url, psk } = server ?? given ?? { url: '' }
  try {
    await system.runClient(url, { report: printExchange, print, ...(psk === undefined ? {} : { psk }) })
  } catch (error) {
    throw given === undefined ? error : unreachable(system, url, error)
  } finally {
    await server?.close()
  }
}

/** What went wrong on the way to somebody's server, told by its URL. */
export function unreachable({ name }: Pick<AttackedSystem, 'name'>, url: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!/^(ECONN|ENOTFOUND|EAI_|EHOST|ENET|ETIMEDOUT|EPIPE)/.test(code)) return error
  const mend = `start it with \`countersign lab serve ${name}\`, or leave --url out`
  return new CommandError(`${url} cannot be reached (${code}): ${mend}.`, { cause: error })
}

function printExchange({ note, sent, received }: Exchange): void {
  if (note !== undefined) print(note)
  print(indent('> ', sent))
  print(indent('< ', received === '' ? '(closed without an answer)' : received))
  print('')
}

function indent(mark: string, text: string): string {
  return `${mark}${text.replaceAll('\n', `\n${mark}`)}`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
