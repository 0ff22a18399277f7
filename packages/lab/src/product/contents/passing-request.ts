/** A request as it passes: made by alice's app, or of it by somebody on the way. */

import type { HttpHeaders } from '../../wire/http-client.ts'
import type { Bank } from '../customer.ts'
import type { SignableRequest } from './signed-request.ts'

export interface PassingRequest {
  readonly path: string
  readonly headers: HttpHeaders
  readonly body: string
}

/** Of a field that is there once. */
export function fieldOf({ headers }: PassingRequest, name: string): string {
  return String(headers[name])
}

/** The body that he would like to see in it. There is enough for it after some payments of hers. */
export const theft = 'to=mallory&amount=500'

/** What a signature is over. */
export function signable(request: PassingRequest, { url }: Pick<Bank, 'url'>): SignableRequest {
  const [authorization, contentType] = [fieldOf(request, 'Authorization'), fieldOf(request, 'Content-Type')]
  return { method: 'POST', url: url + request.path, authorization, contentType, body: request.body }
}
