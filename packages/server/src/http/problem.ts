/**
 * The error that routes under `/api` (and `http/` itself) throw. `render-error.ts` alone turns it into an answer.
 */

/** One field of a request that breaks a rule. */
export interface FieldProblem {
  /** The member or parameter, dotted when nested. */
  readonly field: string
  /** Stable, machine-readable: `required`, `type`, `minLength`, `unique` … */
  readonly rule: string
  /** For people. Never holds the value. */
  readonly detail: string
}

export interface ProblemOptions extends ErrorOptions {
  readonly errors?: readonly FieldProblem[]
  /** Response headers, e.g. `Retry-After`. */
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * A refusal with a stable code. The detail goes to the client: it never holds a token, key or secret.
 *
 * @see RFC 9457
 */
export class ProblemError extends Error {
  override readonly name = 'ProblemError'
  readonly status: number
  readonly code: string
  readonly errors: readonly FieldProblem[]
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: string, detail: string, options: ProblemOptions = {}) {
    super(detail, options)
    this.status = status
    this.code = code
    this.errors = options.errors ?? []
    this.headers = options.headers ?? {}
  }
}
