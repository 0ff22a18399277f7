/**
 * Passwords that people choose.
 *
 * Not the likeliest first: what the demo's alice has is the most common of all, and no throttle stops a first guess that
 * is right.
 */

export const commonPasswords: readonly string[] = (
  'password 12345678 123456789 qwerty123 111111 abc123 password1 iloveyou 1234567 123123 admin welcome monkey dragon letmein ' +
  'football 123456 qwerty 000000 sunshine princess master shadow superman michael baseball trustno1 batman hello freedom ' +
  'whatever qazwsx 654321 jordan23 harley 1q2w3e4r passw0rd starwars summer ashley bailey access flower hottie loveme zaq1zaq1 ' +
  'mustang 121212 charlie donald'
).split(' ')
