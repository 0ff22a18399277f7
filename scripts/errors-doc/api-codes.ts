/** What the codes under `/api`, `/health` and of broken HTTP mean. Their statuses are found in the server's sources. */

import type { Explanation } from './explanation.ts'

export const apiCodes: Readonly<Record<string, Explanation>> = {
  http_malformed: ['The request is no well-formed HTTP, or lacks `Host`', 'Mend the client, or the proxy in between'],
  connection_closed: ['The client was gone before its request was looked at', 'None'],
  header_repeated: [
    '`Authorization`, `Content-Type`, `Host` or `Origin` came twice',
    'Send it once; look for a proxy that adds its own',
  ],
  form_malformed: ['A query or a form has a broken escape, a NUL, a nameless parameter, or too many', 'Encode it'],
  parameter_repeated: ['A parameter came twice', 'Send it once'],
  json_malformed: ['The body is not one JSON object, or has a member twice', 'Send one object, in UTF-8'],
  registration_invalid: ['A name or password breaks a rule; `errors` has each', 'Show `detail` to the person'],
  events_invalid: ['An event lacks a member, or has a wrong one; `errors` has each', 'Use `eventReporter`'],
  registration_closed: ['People are registered by the operator here', '`countersign users create`'],
  client_token_required: [
    'The token speaks for a person, or came of an exchange',
    'Use one that the client got for itself (`client_credentials`)',
  ],
  audience_not_served: ['The client is not the resource server of that API', 'Create it with `--resource-server`'],
  not_found: ['There is nothing at this path', 'Compare it with the [routes](http.md); `//` and `%2F` are not `/`'],
  method_not_allowed: ['The path is there, and not for this method', 'Use one of `Allow`'],
  request_timeout: ['The request took too long to arrive', 'Send it faster, or set `--request-timeout`'],
  username_taken: ['Another user has this name', 'Choose another one'],
  body_too_large: ['The body is larger than 64 KiB', 'Send less'],
  url_too_long: ['The URL is longer than 8 KiB', 'Put what is long into the body'],
  content_type_unsupported: [
    'The body is of a type, a charset or an encoding that this route does not take',
    'Forms under `/oauth`, JSON elsewhere, in UTF-8, not compressed',
  ],
  expectation_failed: ['`Expect` demands something that the server cannot do', 'Leave it out'],
  too_many_requests: ['Too many registrations come from this address', 'Wait for `Retry-After`'],
  too_many_events: ['The client tells more events than the trail takes in a minute', 'Wait for `Retry-After`'],
  headers_too_large: ['The headers are larger than 16 KiB', 'Send fewer; look for cookies that pile up'],
  not_implemented: ['There are no status lists of the past', 'Ask without `time`'],
  not_ready: ['The server cannot do its work now', 'The log has the reason'],
  temporarily_unavailable: ['Too much to do, or a store that does not answer', 'Wait for `Retry-After`'],
  server_error: ['The server failed', 'The log has the reason, beside the `X-Request-Id` of the answer'],
}
