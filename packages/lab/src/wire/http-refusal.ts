/**
 * A refusal of the lab's HTTP servers: a status and the text of `{"error":…}`.
 */

export interface HttpRefusalOptions {
  readonly headers?: Readonly<Record<string, string>>
  /** Members of the body beside `error`. */
  readonly fields?: Readonly<Record<string, string>>
}

/** Thrown by a route, answered by `http-server.ts`. Its message is what the client is told. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly fields: Readonly<Record<string, string>>

  constructor(status: number, message: string, { headers = {}, fields = {} }: HttpRefusalOptions = {}) {
    super(message)
    this.status = status
    this.headers = headers
    this.fields = fields
  }
}
