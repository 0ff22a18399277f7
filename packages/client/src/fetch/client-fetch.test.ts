import { sealedResponseHeader } from '@countersign/protocol'
import { compactDecrypt, CompactEncrypt, decodeJwt, UnsecuredJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { audience, json, makeSession, noon, setUp, tokens } from '../client.fixture.ts'
import type { Sent } from '../client.fixture.ts'
import { sha256, sha256Text } from '../crypto.ts'

const orders = `${audience}/orders`
const refuse = (error: string, headers: Record<string, string> = {}) =>
  json({}, { status: 401, headers: { 'www-authenticate': `DPoP error="${error}", algs="ES256"`, ...headers } })
const nonce = (value: string) => refuse('use_dpop_nonce', { 'dpop-nonce': value })
const lost = (): never => {
  throw new TypeError('fetch failed')
}
/** Answers one after the other. */
const inTurn = (...answers: (() => Response)[]) => {
  const left = answers.values()
  return () => (left.next().value ?? lost)()
}
const proofOf = ({ headers }: Sent) => decodeJwt(headers.get('dpop') ?? '')

describe('what goes out', () => {
  test('the token, and a proof of its key for this very request', async () => {
    const { client, sent, addSession } = setUp({ 'POST /orders': () => json({ ok: true }) })
    await addSession()
    const init = { method: 'POST', body: '{"n":1}', headers: { 'content-type': 'application/json', 'x-own': 'yes' } }
    const answer = await client.fetch(`${orders}?limit=1#top`, init)
    expect([answer.status, await answer.json()]).toEqual([200, { ok: true }])
    const [one] = sent
    expect(one).toMatchObject({ url: `${orders}?limit=1`, method: 'POST', body: '{"n":1}' })
    expect(one!.headers.get('authorization')).toBe('DPoP at-1')
    expect(one!.headers.get('content-type')).toBe('application/json')
    expect(one!.headers.get('x-own')).toBe('yes')
    expect(proofOf(one!)).toMatchObject({ htm: 'POST', htu: orders, iat: noon, ath: await sha256Text('at-1') })
    expect(one!.init).toMatchObject({ credentials: 'omit', redirect: 'error' })
  })

  test("the caller's own choices for fetch are kept, but never their credentials", async () => {
    const { client, sent, addSession } = setUp({ 'GET /orders': () => json({}) })
    await addSession()
    const headers = { authorization: 'Bearer mine', dpop: 'mine' }
    await client.fetch(orders, { headers, redirect: 'manual', cache: 'no-store' })
    expect(sent[0]!.headers.get('authorization')).toBe('DPoP at-1')
    expect(sent[0]!.headers.get('dpop')).not.toBe('mine')
    expect(sent[0]!.init).toMatchObject({ redirect: 'manual', cache: 'no-store' })
  })

  test('no redirect is followed: it would carry the proofs to whoever it names', async () => {
    const { client, sent, addSession } = setUp({ 'GET /orders': () => json({}) })
    await addSession()
    const init: RequestInit = { redirect: 'follow' }
    await expect(client.fetch(orders, init as object)).rejects.toThrow(TypeError)
    expect(sent).toEqual([])
  })

  test('what is sent is spelled as it is proven', async () => {
    const { client, sent, addSession } = setUp({ 'GET /~me/orders': () => json({}) })
    await addSession()
    await client.fetch(`${audience}/%7eme/./%6frders?page[size]=1`)
    expect(sent[0]!.url).toBe(`${audience}/~me/orders?page%5Bsize%5D=1`)
    expect(proofOf(sent[0]!)).toMatchObject({ htu: `${audience}/~me/orders` })
  })

  test('bodies of every kind arrive, with their type', async () => {
    const { client, sent, addSession } = setUp({ 'POST /orders': () => json({}) })
    await addSession()
    const form = new FormData()
    form.set('name', 'value')
    for (const body of [
      new URLSearchParams({ a: '1' }),
      new Blob(['x'], { type: 'text/x' }),
      form,
      new Uint8Array([65]),
    ]) {
      await client.fetch(orders, { method: 'POST', body })
    }
    expect(sent.map(({ body }) => body)).toEqual(['a=1', 'x', expect.stringContaining('value'), 'A'])
    expect(sent.map(({ headers }) => headers.get('content-type'))).toEqual([
      expect.stringMatching(/^application\/x-www-form-urlencoded/),
      'text/x',
      expect.stringMatching(/^multipart\/form-data; boundary=/),
      null,
    ])
  })

  test('a nonce that the API gave comes back with the next proof', async () => {
    const { client, sent, addSession } = setUp({
      'GET /orders': inTurn(
        () => json({}, { headers: { 'dpop-nonce': 'n-1' } }),
        () => json({}),
      ),
    })
    await addSession()
    await client.fetch(orders)
    await client.fetch(orders)
    expect(sent.map((one) => proofOf(one)['nonce'])).toEqual([undefined, 'n-1'])
  })

  test('no token for another origin, and none in the clear', async () => {
    const { client, sent, addSession } = setUp({})
    await addSession()
    await addSession({ resource: 'http://plain.example' })
    await expect(client.fetch('https://evil.example/')).rejects.toMatchObject({ code: 'not_signed_in' })
    await expect(client.fetch(`${audience}.evil.example/`)).rejects.toMatchObject({ code: 'not_signed_in' })
    await expect(client.fetch('http://plain.example/')).rejects.toMatchObject({ code: 'url_insecure' })
    await expect(client.fetch(orders, { resource: 'https://other.example' })).rejects.toMatchObject({
      code: 'not_signed_in',
    })
    expect(sent).toEqual([])
  })

  test('a token that is bound to no key goes out only where the caller says so', async () => {
    const { client, sent, addSession } = setUp({ 'GET /orders': () => json({}) })
    const session = await addSession()
    await addSession({ accessToken: { ...session.accessToken, scheme: 'Bearer' } })
    await expect(client.fetch(orders)).rejects.toMatchObject({ code: 'token_not_bound' })
    await expect(client.fetch(orders, { proof: 'signature' })).rejects.toMatchObject({ code: 'token_not_bound' })
    await client.fetch(orders, { proof: 'none' })
    expect(sent.map(({ headers }) => [headers.get('authorization'), headers.has('dpop')])).toEqual([
      ['Bearer at-1', false],
    ])
  })

  test('a bound token brings its proof even where none is asked for', async () => {
    const { client, sent, addSession } = setUp({ 'GET /orders': () => json({}) })
    await addSession()
    await client.fetch(orders, { proof: 'none' })
    expect(proofOf(sent[0]!)).toMatchObject({ htm: 'GET' })
  })
})

describe('what comes back', () => {
  test('a refusal is an answer', async () => {
    const { client, sent, addSession } = setUp({ 'GET /orders': () => json({ code: 'no' }, { status: 403 }) })
    await addSession()
    const answer = await client.fetch(orders)
    expect([answer.status, await answer.json(), sent.length]).toEqual([403, { code: 'no' }, 1])
  })

  test('nobody: network_failed; an abort: its own reason', async () => {
    const { client, addSession } = setUp({})
    await addSession()
    await expect(client.fetch(orders)).rejects.toMatchObject({ code: 'network_failed' })
    const abort = new AbortController()
    const { client: patient, addSession: add } = setUp({
      'GET /orders': () => {
        abort.abort(new Error('enough'))
        throw abort.signal.reason
      },
    })
    await add()
    await expect(patient.fetch(orders, { signal: abort.signal })).rejects.toThrow('enough')
  })
})

describe('once more', () => {
  test('with the nonce that the API asks for', async () => {
    const { client, sent, addSession } = setUp({
      'POST /orders': inTurn(
        () => nonce('n-1'),
        () => json({}),
      ),
    })
    await addSession()
    expect((await client.fetch(orders, { method: 'POST', body: 'x' })).status).toBe(200)
    expect(sent.map((one) => [proofOf(one)['nonce'], one.body])).toEqual([
      [undefined, 'x'],
      ['n-1', 'x'],
    ])
  })

  test('but not twice: the second refusal is the answer', async () => {
    const { client, sent, addSession } = setUp({
      'GET /orders': inTurn(
        () => nonce('n-1'),
        () => nonce('n-2'),
      ),
    })
    await addSession()
    expect((await client.fetch(orders)).status).toBe(401)
    expect(sent).toHaveLength(2)
  })

  test('two calls at once, refused with one nonce, are both repeated', async () => {
    const { client, sent, addSession } = setUp({
      'GET /orders': (one) => (proofOf(one)['nonce'] === 'n-1' ? json({}) : nonce('n-1')),
    })
    await addSession()
    const answers = await Promise.all([client.fetch(orders), client.fetch(orders)])
    expect([answers.map(({ status }) => status), sent.length]).toEqual([[200, 200], 4])
  })

  test('by the clock of the API, where ours is wrong', async () => {
    const date = new Date((noon + 240) * 1000).toUTCString()
    const { client, sent, addSession } = setUp({
      'GET /orders': inTurn(
        () => refuse('invalid_dpop_proof', { date }),
        () => json({}),
      ),
    })
    await addSession()
    expect((await client.fetch(orders)).status).toBe(200)
    expect(sent.map((one) => proofOf(one).iat)).toEqual([noon, noon + 240])
  })

  test('with another token, where the first has just expired', async () => {
    const { client, sent, addSession, state } = setUp({
      'GET /orders': inTurn(
        () => refuse('invalid_token'),
        () => json({}),
      ),
      'POST /oauth/token': () => tokens(),
    })
    await addSession()
    state.now = noon + 280
    expect((await client.fetch(orders)).status).toBe(200)
    expect(sent.map(({ headers }) => headers.get('authorization'))).toEqual(['DPoP at-1', null, 'DPoP at-2'])
  })

  test('not where the token is refused for anything else', async () => {
    const { client, sent, addSession } = setUp({ 'GET /orders': () => refuse('invalid_token') })
    await addSession()
    expect((await client.fetch(orders)).status).toBe(401)
    expect(sent).toHaveLength(1)
  })
})

describe('single use', () => {
  const token = () => tokens({ access_token: 'once' })
  const once = { method: 'POST', body: 'x', singleUse: true }

  test('each call has a token of its own', async () => {
    const { client, sent, addSession } = setUp({ 'POST /orders': () => json({}), 'POST /oauth/token': token })
    await addSession()
    await client.fetch(orders, once)
    await client.fetch(orders, once)
    expect(sent.map(({ url }) => new URL(url).pathname)).toEqual(['/oauth/token', '/orders', '/oauth/token', '/orders'])
    expect(sent[1]!.headers.get('authorization')).toBe('DPoP once')
  })

  test('an unsafe call is never repeated: request_not_repeated, and the next one has the nonce', async () => {
    const answer = inTurn(
      () => nonce('n-1'),
      () => json({}),
    )
    const { client, sent, addSession } = setUp({ 'POST /orders': answer, 'POST /oauth/token': token })
    await addSession()
    await expect(client.fetch(orders, once)).rejects.toMatchObject({
      code: 'request_not_repeated',
      message: expect.stringContaining('With a signature and an Idempotency-Key'),
    })
    expect((await client.fetch(orders, once)).status).toBe(200)
    expect(sent.filter(({ url }) => url === orders)).toHaveLength(2)
  })

  test.for([
    { what: 'another nonce', answer: () => nonce('n-1') },
    {
      what: 'another token',
      answer: () => json({}, { status: 401, headers: { 'www-authenticate': 'DPoP error="invalid_token"' } }),
    },
  ])('nor with an Idempotency-Key that nothing signs, for want of $what: request_not_repeated', async ({ answer }) => {
    const short = () => tokens({ access_token: 'once', expires_in: 30 })
    const { client, sent, addSession } = setUp({ 'POST /orders': answer, 'POST /oauth/token': short })
    await addSession()
    const keyed = { ...once, headers: { 'idempotency-key': 'k-1' } }
    await expect(client.fetch(orders, keyed)).rejects.toMatchObject({ code: 'request_not_repeated' })
    expect(sent.filter(({ url }) => url === orders)).toHaveLength(1)
  })

  test('nor when nobody knows what became of it: request_not_repeated', async () => {
    const { client, sent, addSession } = setUp({ 'POST /oauth/token': token })
    await addSession()
    await expect(client.fetch(orders, once)).rejects.toMatchObject({
      code: 'request_not_repeated',
      message: expect.stringContaining('nobody knows'),
    })
    expect(sent.filter(({ url }) => url === orders)).toHaveLength(1)
  })

  test.for([
    { name: 'a safe call', options: { singleUse: true } },
    {
      name: 'one with a signed Idempotency-Key',
      options: { ...once, proof: 'signature' as const, headers: { 'idempotency-key': 'k-1' } },
    },
  ])('$name is repeated', async ({ options }) => {
    const answer = inTurn(
      () => nonce('n-1'),
      () => json({}),
    )
    const { client, addSession } = setUp({
      'GET /orders': answer,
      'POST /orders': answer,
      'POST /oauth/token': token,
    })
    await addSession()
    expect((await client.fetch(orders, options)).status).toBe(200)
  })
})

describe('signed and sealed', () => {
  const bytes = (length: number) => Buffer.alloc(length, 7).toString('base64url')
  const session_keys = { sig: bytes(32), 'seal-req': bytes(64), 'seal-res': bytes(64) }
  const withKeys = (given = {}) =>
    tokens({ access_token: new UnsecuredJWT({ jti: 't-1' }).encode(), session_keys, ...given })
  const key = new Uint8Array(64).fill(7)

  /** As a guard and a handler would: opens, and answers sealed what it got. */
  const echoSealed = async (request: Sent): Promise<Response> => {
    const body = request.headers.get('sealed-request') ?? request.body
    const crit = Object.fromEntries(['cs_dir', 'cs_htm', 'cs_htu', 'cs_ath'].map((name) => [name, true]))
    const { plaintext, protectedHeader } = await compactDecrypt(body, key, { crit })
    const facts = { contentType: protectedHeader.cty, requestHash: await sha256Text(body), status: 200, issuedAt: noon }
    const header = { alg: 'dir', enc: 'A256CBC-HS512', ...sealedResponseHeader(facts) }
    const jwe = await new CompactEncrypt(plaintext)
      .setProtectedHeader(header)
      .encrypt(key, { crit: { cs_dir: true, cs_req: true, cs_status: true } })
    return new Response(jwe, { headers: { 'content-type': 'application/jose' } })
  }

  test('a signed call needs no session keys, unless it shall be signed with one', async () => {
    const { client, sent, addSession } = setUp({
      'POST /orders': () => json({}),
      'POST /oauth/token': () => withKeys(),
    })
    await addSession()
    await client.fetch(orders, { method: 'POST', body: 'x', proof: 'signature' })
    await client.fetch(orders, { method: 'POST', body: 'x', proof: 'signature', signWith: 'session-key' })
    const [byProofKey, exchange, bySessionKey] = sent
    expect(byProofKey!.headers.get('signature-input')).toContain('alg="ecdsa-p256-sha256"')
    expect(exchange!.form.get('session_keys')).toBe('true')
    expect(bySessionKey!.headers.get('signature-input')).toContain('keyid="t-1";alg="hmac-sha256"')
    for (const { headers } of [byProofKey!, bySessionKey!]) {
      expect(headers.get('content-digest')).toMatch(/^sha-256=:/)
      expect(headers.has('dpop')).toBe(true)
    }
  })

  test('a sealed call shows nobody its body, its type or its answer', async () => {
    const { client, sent, addSession } = setUp({ 'POST /orders': echoSealed, 'POST /oauth/token': () => withKeys() })
    await addSession()
    const headers = { 'content-type': 'application/json' }
    const answer = await client.fetch(orders, { method: 'POST', body: '{"card":"4111"}', headers, sealed: true })
    expect([answer.status, await answer.json()]).toEqual([200, { card: '4111' }])
    expect(answer.headers.get('content-type')).toBe('application/json')
    const { headers: outside, body } = sent.at(-1)!
    expect(outside.get('content-type')).toBe('application/jose')
    expect(body).toMatch(/^[\w-]+\.\.[\w-]+\.[\w-]+\.[\w-]+$/)
  })

  test('a sealed GET has its seal in a header, and a sealed answer', async () => {
    const { client, sent, addSession } = setUp({ 'GET /orders': echoSealed, 'POST /oauth/token': () => withKeys() })
    await addSession()
    const answer = await client.fetch(orders, { sealed: true })
    expect([answer.status, await answer.text()]).toEqual([200, ''])
    expect(sent.at(-1)).toMatchObject({ method: 'GET', body: '' })
  })

  test('sealed and signed: what is signed is what travels', async () => {
    const { client, sent, addSession } = setUp({ 'POST /orders': echoSealed, 'POST /oauth/token': () => withKeys() })
    await addSession()
    await client.fetch(orders, { method: 'POST', body: 'x', sealed: true, proof: 'signature' })
    const { headers, body } = sent.at(-1)!
    const digest = Buffer.from(await sha256(new TextEncoder().encode(body))).toString('base64')
    expect(headers.get('content-digest')).toBe(`sha-256=:${digest}:`)
  })

  describe('once more', () => {
    const post = { method: 'POST', body: 'x' } as const
    const signed = { ...post, proof: 'signature' } as const
    const sealed = { ...post, sealed: true } as const
    const key = { headers: { 'idempotency-key': 'k-1' } }
    const later = new Date((noon + 90) * 1000).toUTCString()
    const byItsClock = () => refuse('invalid_request', { date: later })
    /** Refuses the first request to the API with this, and answers those after it. */
    const refusedOnce = async (refusal: () => Response, next?: () => Response) => {
      let refused = false
      const answer = (one: Sent) => {
        const isFirst = !refused
        refused = true
        return isFirst ? refusal() : (next?.() ?? (one.body.startsWith('eyJ') ? echoSealed(one) : json({})))
      }
      const stage = setUp({
        'POST /oauth/token': () => withKeys({ expires_in: 50 }),
        'POST /orders': answer,
        'GET /orders': answer,
      })
      const { accessToken } = await makeSession()
      await stage.addSession({ accessToken: { ...accessToken, expiresAt: noon + 50 } })
      return {
        client: stage.client,
        atApi: () => stage.sent.filter(({ url }) => url === orders),
      }
    }
    const contentOf = ({ headers, body }: Sent) => [
      ...['authorization', 'content-digest', 'signature-input', 'signature'].map((name) => headers.get(name)),
      body,
    ]

    test.for([
      { name: 'signed', options: signed },
      { name: 'sealed', options: sealed },
      { name: 'signed and sealed', options: { ...signed, ...sealed } },
      { name: 'signed, with an Idempotency-Key', options: { ...signed, ...key } },
      {
        name: 'signed, for a token of its own, with an Idempotency-Key',
        options: { ...signed, ...key, singleUse: true },
      },
    ])('with the nonce that is asked for, a guard knows it again: $name', async ({ options }) => {
      const { client, atApi } = await refusedOnce(() => nonce('n-1'))
      expect((await client.fetch(orders, options)).status).toBe(200)
      const [first, second, ...more] = atApi()
      expect(more).toEqual([])
      expect(contentOf(second!)).toEqual(contentOf(first!))
      expect([proofOf(first!)['nonce'], proofOf(second!)['nonce']]).toEqual([undefined, 'n-1'])
      expect(proofOf(second!).jti).not.toBe(proofOf(first!).jti)
    })

    test.for(['signature_replayed', 'sealed_replayed', 'token_replayed'])(
      'the API had taken the first one, %s: request_not_repeated',
      async (code) => {
        const { client, atApi } = await refusedOnce(
          () => nonce('n-1'),
          () => json({ code }, { status: 401 }),
        )
        await expect(client.fetch(orders, signed)).rejects.toMatchObject({
          code: 'request_not_repeated',
          message: expect.stringContaining('nobody knows'),
        })
        expect(atApi()).toHaveLength(2)
      },
    )

    test('refused for anything else, it is an answer that can be read', async () => {
      for (const body of ['{"code":"signature_expired"}', 'no JSON', 'null']) {
        const { client } = await refusedOnce(
          () => nonce('n-1'),
          () => new Response(body, { status: 401 }),
        )
        const answer = await client.fetch(orders, signed)
        expect([answer.status, await answer.text()]).toEqual([401, body])
      }
    })

    for (const { reason, refusal } of [
      { reason: 'the clock of the API', refusal: byItsClock },
      { reason: 'an expired token', refusal: () => refuse('invalid_token') },
    ]) {
      test.for([
        { name: 'signed', options: signed, hint: 'With an Idempotency-Key' },
        { name: 'sealed', options: sealed, hint: 'With a signature and an Idempotency-Key' },
        { name: 'sealed, with a key that is not signed', options: { ...sealed, ...key }, hint: 'With a signature' },
      ])(`not for ${reason}, $name: request_not_repeated`, async ({ options, hint }) => {
        const { client, atApi } = await refusedOnce(refusal)
        await expect(client.fetch(orders, options)).rejects.toMatchObject({
          code: 'request_not_repeated',
          message: expect.stringContaining(hint),
        })
        expect(atApi()).toHaveLength(1)
      })

      test.for([
        { name: 'that change nothing', options: { proof: 'signature' } as const },
        { name: 'with an Idempotency-Key that is signed', options: { ...signed, ...key } },
        { name: 'signed and sealed, with an Idempotency-Key', options: { ...signed, ...sealed, ...key } },
      ])(`made anew for ${reason}, calls $name`, async ({ options }) => {
        const { client, atApi } = await refusedOnce(refusal)
        expect((await client.fetch(orders, options)).status).toBe(200)
        const [first, second] = atApi()
        expect(second!.headers.get('signature-input')).not.toBe(first!.headers.get('signature-input'))
        expect(second!.headers.get('idempotency-key')).toBe(first!.headers.get('idempotency-key'))
      })
    }

    test('made anew for a nonce too, where the clock was wrong besides', async () => {
      const refusal = () =>
        refuse('use_dpop_nonce', { 'dpop-nonce': 'n-1', date: new Date((noon + 90) * 1000).toUTCString() })
      const { client, atApi } = await refusedOnce(refusal)
      await client.fetch(orders, { proof: 'signature' })
      expect(atApi().map(({ headers }) => /created=(\d+)/.exec(headers.get('signature-input') ?? '')?.[1])).toEqual([
        `${noon}`,
        `${noon + 90}`,
      ])
      const careful = await refusedOnce(refusal)
      await careful.client.fetch(orders, signed)
      const [first, second] = careful.atApi()
      expect(contentOf(second!)).toEqual(contentOf(first!))
    })
  })

  test('success in the clear is none: sealed_answer_clear', async () => {
    const { client, addSession } = setUp({
      'POST /orders': () => json({ ok: true }),
      'POST /oauth/token': () => withKeys(),
    })
    await addSession()
    const call = client.fetch(orders, { method: 'POST', body: 'x', sealed: true })
    await expect(call).rejects.toMatchObject({ code: 'sealed_answer_clear' })
  })

  test('a server that gives no keys, though it does not refuse: session_keys_refused, and nothing is sent', async () => {
    const { client, sent, addSession } = setUp({ 'POST /oauth/token': () => tokens() })
    await addSession()
    const call = client.fetch(orders, { method: 'POST', body: 'x', sealed: true })
    await expect(call).rejects.toMatchObject({ code: 'session_keys_refused' })
    expect(sent.map(({ url }) => new URL(url).pathname)).toEqual(['/oauth/token'])
  })
})
