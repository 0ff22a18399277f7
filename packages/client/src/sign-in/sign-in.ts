/**
 * Signing in: what a person typed buys an authorization code, and the code buys the tokens of a session
 * (draft-ietf-oauth-first-party-apps-04).
 *
 * Which words the endpoint has is said in `challenge-request.ts`.
 */

import { makeCodeChallenge } from '@countersign/protocol'
import { exportProofJwk, generateProofKey, randomText, sha256, thumbprint } from '../crypto.ts'
import { readIdToken } from '../session/id-token.ts'
import { requestTokens } from '../session/request-tokens.ts'
import { revokeSession } from '../session/revoke-session.ts'
import { sessionName } from '../storage/client-storage.ts'
import type { ClientStorage, SessionUser, StoredSession } from '../storage/client-storage.ts'
import type { Wire } from '../wire.ts'
import { askForCode, checkOwnOrigin } from './challenge-request.ts'
import type { SignInFields } from './challenge-request.ts'

export interface SignInOptions {
  /** Space-separated. Without one, all that the client may have there, but for what speaks of a person ("openid" …). */
  readonly scope?: string | undefined
  /** The API that the session is for. Without one, the server itself. */
  readonly resource?: string | undefined
}

export interface PasswordSignIn extends SignInOptions {
  readonly username: string
  readonly password: string
}

/** A session as pages may know it: no token and no key. */
export interface Session {
  readonly resource: string
  readonly scope: readonly string[]
  /** `undefined` where "openid" was not granted. */
  readonly user: SessionUser | undefined
}

export type SignInStep =
  | { readonly status: 'signed-in'; readonly session: Session }
  | { readonly status: 'challenge'; readonly challenge: SignInChallenge }

/** The server wants something more. */
export interface SignInChallenge {
  /** The ways that it offers, such as `password`. */
  readonly methods: readonly string[]
  /**
   * Answers with fields of one of the methods. After `credentials_refused` it can be called again.
   *
   * @throws {ClientError} `credentials_refused`, `too_many_attempts`, `sign_in_expired`, `sign_in_refused`, `network_failed`,
   * `server_failed`, `answer_malformed`, `storage_failed`
   */
  respond(fields: SignInFields): Promise<SignInStep>
}

export interface SignIn {
  /**
   * Signs in with a name and a password. A step of status `challenge` says that the server wants more than those. A session
   * for the same API, anybody's, is replaced and ended at the server.
   *
   * @throws {ClientError} as `respond`, and `origin_refused`
   */
  password(signIn: PasswordSignIn): Promise<SignInStep>
  /**
   * Asks the server what it wants.
   *
   * @throws {ClientError} as `respond`, and `origin_refused`
   */
  start(options?: SignInOptions): Promise<SignInStep>
}

export function createSignIn(storage: ClientStorage, wire: Wire): SignIn {
  const begin = async ({ scope, resource }: SignInOptions, fields: SignInFields): Promise<SignInStep> => {
    checkOwnOrigin(wire.issuer)
    const proofKey = await generateProofKey(storage.exportsKeys)
    const verifier = randomText()
    const request = {
      response_type: 'code',
      scope,
      resource,
      code_challenge: await makeCodeChallenge(verifier, sha256),
      code_challenge_method: 'S256',
      dpop_jkt: await thumbprint(await exportProofJwk(proofKey)),
    }
    // The handle of the sign-in under way; every answer brings the next.
    let authSession: string | undefined
    const step = async (given: SignInFields): Promise<SignInStep> => {
      const outcome = await askForCode({ ...given, ...request, auth_session: authSession }, wire, (handle) => {
        authSession = handle
      })
      if (outcome.status === 'more') {
        return { status: 'challenge', challenge: { methods: outcome.methods, respond: step } }
      }
      const session = await redeem(outcome.code, { verifier, proofKey, resource }, storage, wire)
      return { status: 'signed-in', session }
    }
    return step(fields)
  }
  return {
    password: ({ username, password, ...options }) => begin(options, { username, password }),
    start: (options = {}) => begin(options, {}),
  }
}

export function describeSession({ resource, scope, user }: StoredSession): Session {
  return { resource, scope: scope.split(' ').filter((each) => each !== ''), user }
}

async function redeem(
  code: string,
  held: { readonly verifier: string; readonly proofKey: CryptoKeyPair; readonly resource: string | undefined },
  storage: ClientStorage,
  wire: Wire,
): Promise<Session> {
  const { issuer, clientId } = wire
  const { verifier, proofKey, resource } = held
  const form = { grant_type: 'authorization_code', code, code_verifier: verifier, resource }
  const answer = await requestTokens({ form, proofKey, exportsKeys: storage.exportsKeys }, wire)
  const { accessToken, refreshToken, idToken, scope = '' } = answer
  const user = idToken === undefined ? undefined : readIdToken(idToken, { issuer, clientId })
  const session = { issuer, clientId, resource: resource ?? issuer, scope, proofKey, accessToken, refreshToken, user }
  const replaced = await replaceSession(session, storage)
  // Its key is gone, and nobody here could end it later. Whoever signed in is signed in, whatever becomes of it.
  if (replaced !== undefined) await revokeSession(replaced, wire).catch(() => false)
  return describeSession(session)
}

/**
 * Keeps the session, and answers the one whose place it takes: of several who sign in at once, each gets the one before its
 * own, and nobody gets the last.
 */
async function replaceSession(session: StoredSession, storage: ClientStorage): Promise<StoredSession | undefined> {
  const name = sessionName(session)
  return storage.exclusively(name, async () => {
    // What cannot be read is replaced all the same.
    const replaced = await storage.read(name).catch(() => undefined)
    await storage.write(name, session)
    return replaced
  })
}
