/**
 * Which browser origins may read an answer: each route says so in its config, and most say nothing, which is none.
 *
 * Never with credentials: there are no cookies, and browsers add no other credential by themselves.
 */

import type { FastifyReply, FastifyRequest } from 'fastify'

/** `any` origin; the `registered` origins of clients; `none` (the issuer's own pages need no permission). */
export type Cors = 'any' | 'registered' | 'none'

declare module 'fastify' {
  interface FastifyContextConfig {
    cors?: Cors
  }
}

export type IsRegisteredOrigin = (origin: string) => Promise<boolean>

/** Adds the headers that let the calling page read the answer, if it may. */
export async function allowOrigin(
  request: FastifyRequest,
  reply: FastifyReply,
  cors: Cors,
  isRegisteredOrigin: IsRegisteredOrigin,
): Promise<void> {
  if (cors === 'none') return
  if (cors === 'registered') {
    void reply.header('vary', 'Origin')
    const { origin } = request.headers
    if (origin === undefined || !(await isRegisteredOrigin(origin))) return
    void reply.header('access-control-allow-origin', origin)
  } else {
    void reply.header('access-control-allow-origin', '*')
  }
  void reply.header('access-control-expose-headers', 'WWW-Authenticate, DPoP-Nonce, Retry-After, X-Request-Id')
}

/** Answers an OPTIONS request about a path that exists, a CORS preflight or not. */
export async function answerOptions(
  request: FastifyRequest,
  reply: FastifyReply,
  path: { readonly methods: ReadonlySet<string>; readonly cors: Cors },
  isRegisteredOrigin: IsRegisteredOrigin,
): Promise<void> {
  await allowOrigin(request, reply, path.cors, isRegisteredOrigin)
  const methods = [...path.methods].join(', ')
  if (reply.hasHeader('access-control-allow-origin')) {
    void reply.headers({
      'access-control-allow-methods': methods,
      'access-control-allow-headers': 'Authorization, Content-Type, DPoP',
      'access-control-max-age': '600',
    })
  }
  await reply.code(204).header('allow', `${methods}, OPTIONS`).send()
}
