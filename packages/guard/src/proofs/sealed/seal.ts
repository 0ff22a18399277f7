/** What turns the answer to one sealed request into the text to send, of type `application/jose`. */
export type Seal = (answer: {
  readonly status: number
  readonly contentType: string | undefined
  readonly body: Uint8Array
}) => string
