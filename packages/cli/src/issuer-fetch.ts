/** Talks to a server that may be down, and says how it is started. */

import { CommandError } from './failure.ts'
import { nextCommand } from './next-command.ts'

/** `fetch`, where a server that does not answer is told from an API that does not. */
export function fetchFrom(issuer: string): typeof fetch {
  return async (input, init) => {
    try {
      return await fetch(input, init)
    } catch (cause) {
      const { origin } = new URL(input instanceof Request ? input.url : input)
      if (!URL.canParse(issuer) || origin !== new URL(issuer).origin) throw cause
      const mend = `start it with ${serveCommand(issuer)}, or give another --issuer`
      throw new CommandError(`the server ${issuer} does not answer: ${mend}`, { cause, code: 'network_failed' })
    }
  }
}

/** How the server of this issuer is started. */
export function serveCommand(issuer: string): string {
  return `\`${nextCommand('serve', ...(issuer.startsWith('http:') ? ['--dev'] : []))}\``
}
