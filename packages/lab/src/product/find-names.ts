/** Whether the product tells names that exist from names that do not: at registration, and at sign-in. */

import { succeeded } from '../attacks/attack.ts'
import type { Attack } from '../attacks/attack.ts'
import { describe } from '../attacks/http-attack.ts'
import { tellNamesApart } from '../attacks/names-apart.ts'
import { findBank, signInForm } from './customer.ts'

/**
 * The product makes those wait who guess at an account, or from an address. So there are many of both: the attacker
 * goes on to the next instead of waiting. Registration is closed, as it is wherever `--dev` is not given: where anybody
 * may register, a name that is taken must be told.
 */
export const findNames: Attack = async (target) => {
  const { url } = await target.start({
    extra: { people: '50', 'trusted-proxies': '127.0.0.1', registration: 'closed' },
  })
  const bank = await findBank({ ...target, url }, 'attacker')
  const registrations = await Promise.all(
    ['known-1', 'nobody-1'].map(async (username) => {
      const reply = await bank.issuer.post('/api/users', {
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ username, password: 'a password nobody has' }),
      })
      return describe(reply).replaceAll(username, 'NAME')
    }),
  )
  if (registrations[0] !== registrations[1]) return succeeded(`registrations: ${registrations.join(' · ')}`)
  let next = 0
  return tellNamesApart({
    known: 'known',
    unknown: 'nobody',
    ask: async (kind) => {
      const form = signInForm(bank, { username: `${kind}-${next}`, password: 'a password nobody has' })
      const headers = { 'X-Forwarded-For': `203.0.113.${next}` }
      const reply = await bank.issuer.post('/oauth/authorize-challenge', { headers, form })
      const members = JSON.parse(reply.text) as Readonly<Record<string, unknown>>
      // Made up for each sign-in.
      return JSON.stringify({ status: reply.status, ...members, auth_session: typeof members['auth_session'] })
    },
    waitAMinute: () => void (next += 1),
  })
}
