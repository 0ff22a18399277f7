/**
 * What a server of the lab is told when it starts, what it answers, and what is told of the messages that pass.
 */

/** A message as a server saw it, secrets included. */
export interface TraceMessage {
  readonly from: string
  readonly to: string
  readonly text: string
}

/** A message and its answer, as clients and attackers record them. */
export interface Exchange {
  readonly from: string
  readonly to: string
  readonly sent: string
  readonly received: string
  /** What the sender is about. */
  readonly note?: string
}

export interface ServerOptions {
  /** Default `127.0.0.1`. */
  readonly host?: string
  /** Default 0: any that is free. */
  readonly port?: number
  /** How long a token lives, in systems whose tokens end. */
  readonly tokenTtlSeconds?: number
  readonly trace?: (message: TraceMessage) => void
  /** The time in seconds, with its fraction. */
  readonly now?: () => number
  /** Default: the process's, over what `.env` in the current folder says. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** What one system alone understands, by the name of its option: `rotate-every`, `grace`, `data`, `redis`. */
  readonly extra?: Readonly<Record<string, string>>
}

export interface RunningServer {
  /** `http://…` or `tcp://…`. */
  readonly url: string
  /** What whoever started it has to know, by name, such as a secret made at start. */
  readonly facts?: Readonly<Record<string, string>>
  /** What whoever started it should know before anyone relies on it. */
  readonly warnings?: readonly string[]
  /** The pre-shared key, given or made, where clients need one. */
  readonly psk?: string
  /** What SIGHUP asks for. */
  hangUp?(): void
  close(): Promise<void>
}

export interface ClientOptions {
  readonly report: (exchange: Exchange) => void
  /** What the client says itself, a line at a time. */
  readonly print?: (line: string) => void
  readonly psk?: string
}
