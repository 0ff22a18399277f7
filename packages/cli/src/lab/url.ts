/** The server that somebody names with `--url`. */

import type { LabSystem } from '@countersign/lab'
import { CommandError } from '../failure.ts'

export interface NamedServer {
  readonly url: string
  readonly psk?: string
}

/** @throws {CommandError} unless it is a URL of the system's transport, with a pre-shared key where one is needed. */
export function readUrl(
  { name, transport }: LabSystem,
  { url, psk }: { readonly url?: string; readonly psk?: string },
): NamedServer | undefined {
  if (psk !== undefined && !/^[0-9a-f]{64}$/i.test(psk)) throw new CommandError('--psk takes 64 hex digits.')
  if (url === undefined) return undefined
  if (!URL.canParse(url) || new URL(url).protocol !== `${transport}:` || new URL(url).hostname === '') {
    throw new CommandError(`--url takes ${transport}://HOST:PORT for ${name}, not '${url}'.`)
  }
  if (name === 'sealed' && psk === undefined) {
    throw new CommandError('sealed needs the pre-shared key of that server: add --psk with the 64 digits it printed.')
  }
  return { url: url.replace(/\/+$/, ''), ...(psk === undefined ? {} : { psk }) }
}
