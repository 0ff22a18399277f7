/** Which bodies are read at all: forms under `/oauth`, JSON objects everywhere else. Anything else is a 415. */

import { parseJsonObject } from '@countersign/tokens'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { parseForm } from './parse-form.ts'
import { ProblemError } from './problem.ts'
import { surfaceOf } from './surface.ts'
import type { Surface } from './surface.ts'

export function addBodyParsers(app: FastifyInstance): void {
  app.removeAllContentTypeParsers()
  const add = (contentType: string, surface: Surface, parse: (body: Buffer) => unknown) => {
    app.addContentTypeParser(contentType, { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
      if (surfaceOf(request.url) !== surface || !isPlainUtf8(request)) throw unsupportedBody()
      return parse(body)
    })
  }
  add('application/x-www-form-urlencoded', 'oauth', parseForm)
  add('application/json', 'api', (body) => {
    try {
      return parseJsonObject(body)
    } catch (cause) {
      throw new ProblemError(400, 'json_malformed', 'the body is not one well-formed JSON object', { cause })
    }
  })
}

export function unsupportedBody(): ProblemError {
  return new ProblemError(415, 'content_type_unsupported', 'this endpoint does not take a body of this type')
}

function isPlainUtf8({ headers }: FastifyRequest): boolean {
  const charset = /;\s*charset\s*=\s*"?([^;"\s]*)/i.exec(headers['content-type'] ?? '')?.[1] ?? 'utf-8'
  return charset.toLowerCase() === 'utf-8' && (headers['content-encoding'] ?? 'identity') === 'identity'
}
