/** Sound HTTP, sound forms and JSON, and values that nobody expects: what reaches the endpoints themselves. */

import { canary } from './endpoints.ts'
import type { Random } from './random.ts'
import { formOf } from './request.ts'
import type { RequestParts } from './request.ts'

export interface Credentials {
  readonly id: string
  readonly secret: string
}

/** Some of these are good requests in the end, at endpoints that answer 200 to a token that is none. */
export function fuzzValues(credentials: Credentials, random: Random): RequestParts {
  return random.pick([fuzzForm, fuzzForm, fuzzForm, fuzzJson, fuzzBearer])(credentials, random)
}

const host = ['Host', '127.0.0.1'] as const
/** Not the address that the test itself comes from: what guessers do there must not keep others from signing in. */
const origin = ['X-Forwarded-For', '203.0.113.7'] as const

function fuzzForm({ id, secret }: Credentials, random: Random): RequestParts {
  const target = `/oauth/${random.pick(['authorize-challenge', 'token', 'introspect', 'revoke'])}`
  const isKnown = random.chance(0.7)
  const client = isKnown ? { client_id: id, client_secret: secret } : { client_id: 'countersign-cli' }
  const sound = random.chance(0.8) ? { ...soundFields, grant_type: random.pick(grantTypes) } : {}
  const strange = Array.from({ length: 1 + random.below(3) }, () => {
    // Hashing passwords is slow, so few get that far.
    const name = random.chance(0.02) ? 'password' : random.pick(names)
    return [name, makeValue(random)]
  })
  const fields = { ...sound, ...client, ...(Object.fromEntries(strange) as Record<string, string>) }
  const type = ['Content-Type', 'application/x-www-form-urlencoded'] as const
  return { method: 'POST', target, headers: [host, origin, type], body: Buffer.from(formOf(fields)) }
}

const soundFields = {
  response_type: 'code',
  code_challenge: 'x'.repeat(43),
  code_challenge_method: 'S256',
  username: 'mallory',
  token: canary,
  code: canary,
  code_verifier: canary.padEnd(43, 'x'),
  refresh_token: canary,
}

const grantTypes = ['authorization_code', 'refresh_token', 'client_credentials'] as const

const names = [
  ...['client_id', 'client_secret', 'client_assertion', 'client_assertion_type', 'grant_type', 'code', 'code_verifier'],
  ...[
    'refresh_token',
    'scope',
    'resource',
    'single_use',
    'token',
    'token_type_hint',
    'response_type',
    'code_challenge',
  ],
  ...[
    'code_challenge_method',
    'nonce',
    'auth_session',
    'username',
    'redirect_uri',
    'state',
    'constructor',
    '__proto__',
  ],
]

function fuzzJson(_: Credentials, random: Random): RequestParts {
  const members = Array.from({ length: random.below(4) }, () => [
    JSON.stringify(random.pick(['username', 'email', 'id', 'disabled', 'constructor', makeValue(random)])),
    random.pick([
      () => JSON.stringify(makeValue(random)),
      () =>
        random.pick(['null', 'true', '0', '-1e308', '1e999', '[]', '{}', '[[[[]]]]', '{"a":{"b":[1]}}', '"\\ud800"']),
    ])(),
  ])
  // Too short, or no text at all: nobody is registered.
  const password = random.pick(['"short"', '""', 'null', '12345678', '["a-long-password"]', '{"length":12}'])
  const body = `{"password":${password}${members.map((member) => `,${member.join(':')}`).join('')}}`
  const type = ['Content-Type', 'application/json'] as const
  return { method: 'POST', target: '/api/users', headers: [host, origin, type], body: Buffer.from(body) }
}

function fuzzBearer(_: Credentials, random: Random): RequestParts {
  const value = makeValue(random).replace(/[^\x20-\x7e]/g, '')
  const scheme = random.pick(['Bearer', 'bearer', 'Basic', 'DPoP'])
  return {
    method: random.pick(['GET', 'POST']),
    target: '/oauth/userinfo',
    headers: [host, origin, ['Authorization', `${scheme} ${value}`]],
    body: undefined,
  }
}

function makeValue(random: Random): string {
  const value = random.pick(values)
  return typeof value === 'string' ? value : value(random)
}

const encode = (value: string): string => Buffer.from(value, 'latin1').toString('base64url')

const values: readonly (string | ((random: Random) => string))[] = [
  ...[
    ' ',
    '\t',
    '\r\n',
    '"',
    '\\',
    "' OR 1=1 --",
    '%00',
    '%s%n',
    '${7*7}',
    '../../../etc/passwd',
    '<script>',
    '\u{1f4a5}',
  ],
  ...['\u202e', '\ufeff', '\ufffe', '\u0130', 'ﷺ'.repeat(200), 'e\u0301', '-1', '1e309', 'NaN', 'null', 'undefined'],
  ...['__proto__', 'constructor', 'toString', '[object Object]', '{}', '[]', 'openid  openid', 'openid\u00a0profile'],
  ...[
    'https://x/#y',
    'javascript:alert(1)',
    'http://[::1',
    '//x',
    'urn:x',
    'https://user:pass@x/',
    'S256',
    'plain',
    'code',
  ],
  ...['none', 'true', 'TRUE', 'access_token', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'],
  (random) => 'a'.repeat(random.below(20_000)),
  (random) => random.bytes(random.below(100)),
  (random) => `cs_${random.pick(['at', 'rt', 'ac', 'as', 'cs', 'zz'])}_${encode(random.bytes(37)).slice(0, 49)}`,
  (random) => Array.from({ length: random.below(7) }, () => encode(random.bytes(random.below(40)))).join('.'),
  (random) => makeJwt({ alg: random.pick(['none', 'HS256', 'ES256', 'RS256', 7, null]) }, random),
  (random) => makeJwt({ alg: 'ES256', typ: 'at+jwt', kid: makeValue(random) }, random),
  (random) => makeJwt({ alg: 'ES256', crit: ['exp'], jwk: {}, jku: 'http://127.0.0.1:1/', b64: false }, random),
]

function makeJwt(header: object, random: Random): string {
  const claims = {
    iss: random.pick(['countersign-cli', 7, null, 'http://127.0.0.1']),
    sub: random.pick(['countersign-cli', {}, [], '']),
    aud: random.pick(['x', ['x'], 7, [7]]),
    exp: random.pick([1e300, -1, '9', null, 4_102_444_800]),
    jti: random.pick(['x', 7, '']),
  }
  return [JSON.stringify(header), JSON.stringify(claims), random.bytes(64)].map(encode).join('.')
}
