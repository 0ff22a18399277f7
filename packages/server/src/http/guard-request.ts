/** A request to the server itself, as a guard reads it. */

import type { GuardRequest } from '@countersign/guard'
import type { FastifyRequest } from 'fastify'
import type { ReadClientCertificate } from './client-certificate.ts'

export interface GuardRequestDeps {
  readonly issuer: string
  readonly readCertificate: ReadClientCertificate
}

export function toGuardRequest(request: FastifyRequest, { issuer, readCertificate }: GuardRequestDeps): GuardRequest {
  const { method, raw } = request
  return {
    method,
    // As clients know it: a proxy has taken the path of the issuer away.
    url: new URL(issuer).pathname.replace(/\/$/, '') + (raw.url ?? ''),
    rawHeaders: raw.rawHeaders,
    // Read for tokens that are bound to one.
    get clientCertificate() {
      return readCertificate(request)?.certificate.raw
    },
  }
}
