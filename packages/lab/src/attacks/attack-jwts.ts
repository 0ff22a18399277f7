/**
 * The attacks on what a JWT under a shared secret promises by itself: the same wherever one is shown, whatever it opens.
 */

import type { HttpClient, HttpReply } from '../wire/http-client.ts'
import type { Attack, AttackName } from './attack.ts'
import { commonSecrets } from './common-secrets.ts'
import { httpAttack, judge, tryForgeries } from './http-attack.ts'
import {
  algNoneTokens,
  confusedTokens,
  forgedToken,
  guessSecret,
  readPayload,
  resignedToken,
  strippedTokens,
  tamperedTokens,
} from './jwt-forgeries.ts'
import type { Forgery } from './jwt-forgeries.ts'

type Claims = Readonly<Record<string, unknown>>

export interface JwtScene {
  /** A token that alice is issued and has not used, as the attacker saw it. */
  readonly issue: (alice: HttpClient) => Promise<string>
  readonly use: (client: HttpClient, token: string, note?: string) => Promise<HttpReply>
  /** The claims to forge tokens with, from those of a real one. */
  readonly forge: (claims: Claims) => readonly Claims[]
  /** Claims to change, each in turn. */
  readonly tamper: Claims
  /** What is claimed by whoever knows the secret. */
  readonly claim: Claims
}

type JwtAttackName = Extract<
  AttackName,
  'forged-token' | 'tampered-token' | 'alg-none' | 'key-confusion' | 'weak-secret-guess' | 'mac-stripping'
>

export function attackJwts({ issue, use, forge, tamper, claim }: JwtScene): Readonly<Record<JwtAttackName, Attack>> {
  const forgeries = (make: (token: string) => readonly Forgery[]): Attack =>
    httpAttack(async ({ alice, attacker }) =>
      tryForgeries(make(await issue(alice)), ({ token, what }) => use(attacker, token, what)),
    )
  return {
    'forged-token': forgeries((token) => forge(readPayload(token)).map((claims) => forgedToken(claims))),
    'tampered-token': forgeries((token) => tamperedTokens(token, tamper)),
    'alg-none': forgeries(algNoneTokens),
    'key-confusion': forgeries(confusedTokens),
    'weak-secret-guess': httpAttack(async ({ alice, attacker }) => {
      const token = await issue(alice)
      const secret = guessSecret(token, commonSecrets)
      if (secret === undefined) return { gotIn: false, evidence: `none of ${commonSecrets.length} common secrets fits` }
      return judge(await use(attacker, resignedToken(token, secret, claim).token))
    }),
    'mac-stripping': forgeries(strippedTokens),
  }
}
