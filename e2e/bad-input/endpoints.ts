/** Every endpoint of the server, with a request that it understands. */

export interface Endpoint {
  readonly path: string
  /** The methods that it takes, as `Allow` lists them. */
  readonly allow: readonly string[]
  /** Errors have the shape of RFC 6749 §5.2 under `/oauth`, that of RFC 9457 everywhere else. */
  readonly surface: 'oauth' | 'api'
  /** What its body is; `none` where it needs none. */
  readonly takes: 'form' | 'json' | 'none'
  /** Every value is one that must not come back, nor be logged. */
  readonly fields: Readonly<Record<string, string>>
  /** Those without which it refuses, and by which code. */
  readonly required: Readonly<Record<string, string>>
}

/** Values that must never be seen in an answer or in the log hold this. */
export const canary = 'canary-in-a-coal-mine'

const clientId = 'countersign-cli'

export const endpoints: readonly Endpoint[] = [
  ...['oauth-authorization-server', 'openid-configuration', 'jwks.json'].map((name) => get(`/.well-known/${name}`)),
  ...['/health/live', '/health/ready', '/metrics'].map(get),
  {
    ...post('/oauth/authorize-challenge', 'form'),
    fields: {
      client_id: clientId,
      response_type: 'code',
      code_challenge: canary.padEnd(43, 'x'),
      code_challenge_method: 'S256',
      scope: 'openid',
    },
    required: {
      client_id: 'invalid_client',
      response_type: 'invalid_request',
      code_challenge: 'invalid_request',
      code_challenge_method: 'invalid_request',
    },
  },
  {
    ...post('/oauth/token', 'form'),
    fields: { client_id: clientId, grant_type: 'refresh_token', refresh_token: `cs_rt_${canary.padEnd(49, 'x')}` },
    required: { client_id: 'invalid_client', grant_type: 'invalid_request', refresh_token: 'invalid_request' },
  },
  {
    ...post('/oauth/introspect', 'form'),
    fields: { client_id: clientId, client_secret: `cs_cs_${canary.padEnd(49, 'x')}`, token: canary },
    required: { client_id: 'invalid_client', client_secret: 'invalid_client' },
  },
  {
    ...post('/oauth/revoke', 'form'),
    fields: { client_id: clientId, token: `cs_rt_${canary.padEnd(49, 'x')}` },
    required: { client_id: 'invalid_client', token: 'invalid_request' },
  },
  { ...post('/oauth/userinfo', 'none'), allow: ['GET', 'HEAD', 'POST'] },
  { ...get('/oauth/status/0'), surface: 'oauth' },
  { ...post('/api/events', 'json'), fields: { events: canary } },
  {
    ...post('/api/users', 'json'),
    // A password that is too short: however the rest is bent, nobody is made.
    fields: { username: canary, password: 'short', email: `${canary}@example.com` },
    required: { username: 'registration_invalid', password: 'registration_invalid' },
  },
]

function get(path: string): Endpoint {
  return { path, allow: ['GET', 'HEAD'], surface: 'api', takes: 'none', fields: {}, required: {} }
}

function post(path: string, takes: Endpoint['takes']): Endpoint {
  const surface = path.startsWith('/oauth/') ? 'oauth' : 'api'
  return { path, allow: ['POST'], surface, takes, fields: {}, required: {} }
}
