/** The story of the demo, act by act. Every line that it reports was measured; none is declared. */

import { randomUUID } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { decodeUnverified, generateKey, signJwt } from '@countersign/tokens'
import { call, postForm, postJson, signIn, tokensOf } from './http.ts'
import type { Answer, Credentials, SignIn, Tokens } from './http.ts'
import { judge } from './report.ts'
import type { Scene, Stage } from './scene.ts'
import type { SessionSecrets } from './session-secrets.ts'
import { tellOfProofs } from './story-of-proofs.ts'

export async function tellStory(stage: Stage): Promise<void> {
  const { report } = stage
  report.chapter('An administrator sets up (commands, beside the running server)')
  const { app, service, secrets } = await setUp(stage)
  const scene: Scene = { ...stage, api: await stage.startApi(secrets), apiStartedAt: Date.now() / 1000 }
  report.chapter('Alice registers, signs in and calls the API')
  const alice = await signInAlice(scene, app)
  report.chapter('A thief tries tokens of his own making')
  await tryForgeries(scene, alice.tokens)
  report.chapter('A token that can be spent once')
  await spendOnce(scene, alice.request)
  report.chapter('Keys rotate and are revoked')
  await rotateUnderLoad(scene, service)
  await revokeKey(scene, alice.request)
  report.chapter('Refresh tokens')
  await reuseRefreshToken(scene, alice.request)
  await signOut(scene, alice.request)
  await tellOfProofs(scene, alice.request)
}

interface Registered {
  /** The client ID of a first-party app. */
  readonly app: string
  readonly service: Credentials
  /** What the API shares with the server. */
  readonly secrets: SessionSecrets
}

async function setUp({ administer, audience, report }: Stage): Promise<Registered> {
  await administer('apis', 'create', 'bank', '--audience', audience, '--scope', 'read', 'pay', '--session-keys')
  const { sessionSecrets } = await administer('apis', 'secret', audience)
  const app = await administer(
    ...['clients', 'create', 'bank-app', '--public', '--first-party', '--audience', audience],
    ...['--grant', 'authorization_code', 'refresh_token', '--scope', 'openid', 'profile', 'read', 'pay'],
  )
  const service = await administer(
    ...[
      'clients',
      'create',
      'bank-service',
      '--audience',
      audience,
      '--grant',
      'client_credentials',
      '--scope',
      'read',
    ],
  )
  for (const [step, sent, came] of [
    ['API', 'apis create bank --scope read pay --session-keys', audience],
    ['app', 'clients create bank-app --public --first-party', String(app['id'])],
    ['service', 'clients create bank-service --grant client_credentials', String(service['id'])],
  ] as const) {
    report.add({ step, sent, came, asPromised: came !== 'undefined' })
  }
  return {
    app: String(app['id']),
    service: { id: String(service['id']), secret: String(service['secret']) },
    secrets: sessionSecrets as SessionSecrets,
  }
}

async function signInAlice(
  { issuer, api, audience, report }: Scene,
  clientId: string,
): Promise<{ readonly request: SignIn; readonly tokens: Tokens }> {
  const password = randomUUID()
  const registered = await postJson(`${issuer}/api/users`, { username: 'alice', password })
  report.add(judge('register', 'POST /api/users {"username":"alice",…}', registered, 201))

  const request = { issuer, clientId, username: 'alice', password, scope: 'openid read pay', resource: audience }
  const wrong = await signIn({ ...request, password: 'not-her-password' })
  report.add(judge('wrong password', 'POST /oauth/authorize-challenge', wrong, 400, 'invalid_credentials'))

  const answer = await signIn(request)
  report.add(judge('sign in', 'password → code → POST /oauth/token', answer, 200))
  const tokens = tokensOf(answer)
  report.add(judge('call', 'GET /balance with the access token', await call(`${api}/balance`, tokens.accessToken), 200))
  return { request, tokens }
}

async function tryForgeries({ api, issuer, administer, audience, report }: Scene, tokens: Tokens): Promise<void> {
  const { header, claims } = decodeUnverified(tokens.accessToken)
  const [head = '', payload = '', signature = ''] = tokens.accessToken.split('.')
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const ownKey = await generateKey('ES256', { ...(header.kid === undefined ? {} : { kid: header.kid }) })
  const expired = await administer(
    ...['token', 'mint', '--subject', 'alice', '--audience', audience, '--scope', 'read', '--lifetime', '-60'],
  )
  const attempts: readonly (readonly [string, string, string | undefined, string])[] = [
    ['no token', 'GET /balance', undefined, 'missing_token'],
    [
      'forged',
      'her claims, signed with his own key',
      signJwt(claims, ownKey, { typ: 'at+jwt' }),
      'token_signature_invalid',
    ],
    [
      'tampered',
      '"sub" changed, signature kept',
      `${head}.${encode({ ...claims, sub: 'mallory' })}.${signature}`,
      'token_signature_invalid',
    ],
    [
      'alg none',
      '"alg":"none", no signature',
      `${encode({ ...header, alg: 'none' })}.${payload}.`,
      'token_algorithm_refused',
    ],
    ['expired', 'a token of the server, a minute past its end', String(expired['access_token']), 'token_expired'],
  ]
  for (const [step, sent, token, code] of attempts) {
    report.add(judge(step, sent, await call(`${api}/balance`, token), 401, code))
  }
  const foreign = await call(`${issuer}/oauth/userinfo`, tokens.accessToken)
  report.add(judge('elsewhere', "the bank's token at the server's /oauth/userinfo", foreign, 401, 'invalid_token'))
}

async function spendOnce({ api, apiStartedAt, report }: Scene, request: SignIn): Promise<void> {
  const pay = (token: string): Promise<Answer> => call(`${api}/payments`, token, 'POST')
  const reusable = tokensOf(await signIn(request))
  report.add(
    judge(
      'not single-use',
      'POST /payments with an ordinary token',
      await pay(reusable.accessToken),
      401,
      'single_use_required',
    ),
  )

  await untilSecondAfter(apiStartedAt)
  const once = tokensOf(await signIn(request, { single_use: 'true' }))
  report.add(judge('first use', 'POST /payments with a single-use token', await pay(once.accessToken), 200))
  report.add(judge('second use', 'the same request again', await pay(once.accessToken), 401, 'token_replayed'))

  const raced = tokensOf(await signIn(request, { single_use: 'true' }))
  const answers = await Promise.all(Array.from({ length: 100 }, () => pay(raced.accessToken)))
  const granted = answers.filter(({ status }) => status === 200).length
  const replayed = answers.filter(({ body }) => body['code'] === 'token_replayed').length
  report.add({
    step: 'race',
    sent: '100 uses of one single-use token at once',
    came: `${granted} granted, ${replayed} refused as token_replayed`,
    asPromised: granted === 1 && replayed === 99,
  })
}

async function rotateUnderLoad(
  { issuer, api, audience, administer, report }: Scene,
  service: Credentials,
): Promise<void> {
  const stop = new AbortController()
  const kids = new Set<string>()
  let calls = 0
  const refusals: string[] = []
  const worker = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const answer = await postForm(
        `${issuer}/oauth/token`,
        { grant_type: 'client_credentials', resource: audience },
        service,
      )
      const { accessToken } = tokensOf(answer)
      const { status, body } = answer.status === 200 ? await call(`${api}/balance`, accessToken) : answer
      calls += 1
      if (status === 200) kids.add(String(decodeUnverified(accessToken).header.kid))
      else refusals.push(String(body['error']))
    }
  }
  const load = Promise.all(Array.from({ length: 4 }, worker))
  await administer('keys', 'rotate', '--now')
  // Until the new key signs: every server on the store must have learnt of it, which takes two seconds.
  for (let waited = 0; kids.size < 2 && waited < 50; waited += 1) await setTimeout(100)
  await setTimeout(200)
  stop.abort()
  await load
  report.add({
    step: 'rotate',
    sent: 'keys rotate --now, while 4 callers fetch tokens and use them',
    came: `${calls} calls over ${kids.size} keys, ${refusals.length} refused`,
    asPromised: kids.size === 2 && refusals.length === 0,
  })
}

async function revokeKey({ api, administer, report }: Scene, request: SignIn): Promise<void> {
  const before = tokensOf(await signIn(request))
  const { kid = '' } = decodeUnverified(before.accessToken).header
  report.add(judge('before', 'GET /balance', await call(`${api}/balance`, before.accessToken), 200))
  await administer('keys', 'revoke', kid)
  let after = before
  for (let tries = 0; decodeUnverified(after.accessToken).header.kid === kid && tries < 30; tries += 1) {
    await setTimeout(100)
    after = tokensOf(await signIn(request))
  }
  // The guard meets the new key and fetches the set anew; what is missing from it is dropped.
  report.add(
    judge('new key', 'GET /balance with a token of the next key', await call(`${api}/balance`, after.accessToken), 200),
  )
  const refused = await call(`${api}/balance`, before.accessToken)
  report.add(judge('revoked key', `the token of ${kid.slice(0, 8)}… again`, refused, 401, 'token_key_unknown'))
}

async function reuseRefreshToken({ issuer, report }: Scene, request: SignIn): Promise<void> {
  const refresh = (token: string): Promise<Answer> =>
    postForm(`${issuer}/oauth/token`, {
      grant_type: 'refresh_token',
      client_id: request.clientId,
      refresh_token: token,
    })
  const first = tokensOf(await signIn(request))
  const second = await refresh(first.refreshToken)
  report.add(judge('refresh', 'POST /oauth/token grant_type=refresh_token', second, 200))
  report.add(judge('reuse', 'the old refresh token again', await refresh(first.refreshToken), 400, 'invalid_grant'))
  const heir = await refresh(tokensOf(second).refreshToken)
  report.add(judge('family revoked', 'its successor, never used before', heir, 400, 'invalid_grant'))
}

async function signOut({ issuer, report }: Scene, request: SignIn): Promise<void> {
  const { resource: _, ...atServer } = request
  const tokens = tokensOf(await signIn({ ...atServer, scope: 'openid profile' }))
  const userinfo = (): Promise<Answer> => call(`${issuer}/oauth/userinfo`, tokens.accessToken)
  report.add(judge('userinfo', 'GET /oauth/userinfo', await userinfo(), 200))
  const out = await postForm(`${issuer}/oauth/revoke`, { client_id: request.clientId, token: tokens.refreshToken })
  report.add(judge('sign out', 'POST /oauth/revoke', out, 200))
  report.add(judge('afterwards', 'GET /oauth/userinfo', await userinfo(), 401, 'invalid_token'))
}

/**
 * Tokens say in whole seconds when they were issued, and the API cannot know what was spent before it was started: it
 * refuses single-use tokens of the second in which that was.
 */
async function untilSecondAfter(instant: number): Promise<void> {
  while (Math.floor(Date.now() / 1000) <= instant) await setTimeout(50)
}
