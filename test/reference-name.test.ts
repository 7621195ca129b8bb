// Image names taken apart: the public tables of distribution/reference (reference_test.go, normalize_test.go,
// regexp_test.go), as that library reads them for Docker, and the words of each fault.

import { describe, expect, test } from 'vitest'
import { LayerDiffError, parseReference } from '../src/index.js'

const f64 = `sha256:${'f'.repeat(64)}`
const f128 = `sha512:${'f'.repeat(128)}`
const redis = 'sha256:dbcc1c35ac38df41fd2f5e4130b32ffdb93ebae8b3dbe638c23575912276fc9c'
const id = '1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a'
const song = 'thisisthesongthatneverendsitgoesonandonandonthisisthesongthatnev'
const deep = `${'a/'.repeat(127)}a`

function refused(text: unknown): LayerDiffError {
  try {
    parseReference(text as string)
  } catch (error) {
    if (error instanceof LayerDiffError) return error
    throw error
  }
  throw new Error(`${text} was taken for a name`)
}

test('a name with everything', () => {
  const reference = parseReference(`registry.example:5000/team/web/app:1.0@${f64}`)
  expect({ ...reference }).toEqual({
    registry: 'registry.example:5000',
    repository: 'team/web/app',
    namespace: 'team/web',
    name: 'app',
    tag: '1.0',
    digest: f64,
  })
})

describe('parts: registry, repository, tag, digest', () => {
  const cases: [string, string, string, (string | null)?, string?][] = [
    ['gcr.io/google-samples/node-hello:1.0', 'gcr.io', 'google-samples/node-hello', '1.0'],
    ['nginx', 'docker.io', 'library/nginx'],
    ['localhost/nginx', 'localhost', 'nginx'],
    ['localhost', 'docker.io', 'library/localhost'],
    ['localhost:8080', 'docker.io', 'library/localhost', '8080'],
    ['Nginx.Example/app', 'Nginx.Example', 'app'],
    ['index.docker.io/nginx:1', 'docker.io', 'library/nginx', '1'],
    ['registry-1.docker.io/library/nginx', 'registry-1.docker.io', 'library/nginx'],
    // reference_test.go
    ['test_com', 'docker.io', 'library/test_com'],
    ['test.com:tag', 'docker.io', 'library/test.com', 'tag'],
    ['test.com:5000', 'docker.io', 'library/test.com', '5000'],
    ['test.com/repo:tag', 'test.com', 'repo', 'tag'],
    ['test:5000/repo', 'test:5000', 'repo'],
    ['test:5000/repo:tag', 'test:5000', 'repo', 'tag'],
    [`test:5000/repo@${f64}`, 'test:5000', 'repo', null, f64],
    [`test:5000/repo:tag@${f64}`, 'test:5000', 'repo', 'tag', f64],
    ['lowercase:Uppercase', 'docker.io', 'library/lowercase', 'Uppercase'],
    ['Uppercase/lowercase:tag', 'Uppercase', 'lowercase', 'tag'],
    [`${deep}:tag-puts-this-over-max`, 'docker.io', deep, 'tag-puts-this-over-max'],
    ['sub-dom1.foo.com/bar/baz/quux', 'sub-dom1.foo.com', 'bar/baz/quux'],
    ['sub-dom1.foo.com/bar/baz/quux:some-long-tag', 'sub-dom1.foo.com', 'bar/baz/quux', 'some-long-tag'],
    ['b.gcr.io/test.example.com/my-app:test.example.com', 'b.gcr.io', 'test.example.com/my-app', 'test.example.com'],
    ['xn--n3h.com/myimage:xn--n3h.com', 'xn--n3h.com', 'myimage', 'xn--n3h.com'],
    [`xn--7o8h.com/myimage:xn--7o8h.com@${f128}`, 'xn--7o8h.com', 'myimage', 'xn--7o8h.com', f128],
    ['foo_bar.com:8080', 'docker.io', 'library/foo_bar.com', '8080'],
    ['foo/foo_bar.com:8080', 'docker.io', 'foo/foo_bar.com', '8080'],
    ['192.168.1.1', 'docker.io', 'library/192.168.1.1'],
    ['192.168.1.1:tag', 'docker.io', 'library/192.168.1.1', 'tag'],
    ['192.168.1.1:5000', 'docker.io', 'library/192.168.1.1', '5000'],
    ['192.168.1.1/repo', '192.168.1.1', 'repo'],
    ['192.168.1.1:5000/repo', '192.168.1.1:5000', 'repo'],
    ['192.168.1.1:5000/repo:5050', '192.168.1.1:5000', 'repo', '5050'],
    ['[2001:db8::1]/repo', '[2001:db8::1]', 'repo'],
    ['[2001:db8:1:2:3:4:5:6]/repo:tag', '[2001:db8:1:2:3:4:5:6]', 'repo', 'tag'],
    ['[2001:db8::1]:5000/repo', '[2001:db8::1]:5000', 'repo'],
    ['[2001:db8::1]:5000/repo:tag', '[2001:db8::1]:5000', 'repo', 'tag'],
    [`[2001:db8::1]:5000/repo@${f64}`, '[2001:db8::1]:5000', 'repo', null, f64],
    [`[2001:db8::1]:5000/repo:tag@${f64}`, '[2001:db8::1]:5000', 'repo', 'tag', f64],
    ['[2001:db8::]:5000/repo', '[2001:db8::]:5000', 'repo'],
    ['[::1]:5000/repo', '[::1]:5000', 'repo'],
    [`example.com/${'a'.repeat(255)}:tag`, 'example.com', 'a'.repeat(255), 'tag'],
    ['example.com:8000/named:tagged', 'example.com:8000', 'named', 'tagged'],
    ['test.com:8000/foo:TAG5', 'test.com:8000', 'foo', 'TAG5'],
    // regexp_test.go
    ['Asdf.com/foo/bar', 'Asdf.com', 'foo/bar'],
    ['0101.com/a', '0101.com', 'a'],
    ['ab.c-om/a', 'ab.c-om', 'a'],
    ['192.168.1.1:750050/a', '192.168.1.1:750050', 'a'],
    ['[fd00123123123]:75050/a', '[fd00123123123]:75050', 'a'],
    ['[2001:0db8:85a3:0000:0000:8a2e:0370:7334]:75050/a', '[2001:0db8:85a3:0000:0000:8a2e:0370:7334]:75050', 'a'],
    ['aa/aa/bb/bb/bb', 'docker.io', 'aa/aa/bb/bb/bb'],
    ['foo.com/foo_bar', 'foo.com', 'foo_bar'],
    ['do__cker/docker', 'docker.io', 'do__cker/docker'],
    ['example.com/some_separator__underscore/myimage', 'example.com', 'some_separator__underscore/myimage'],
    ['registry.io/foo/a--id.module--name.ver---sion', 'registry.io', 'foo/a--id.module--name.ver---sion'],
    [`localhost:8080@${f64}`, 'docker.io', 'library/localhost', '8080', f64],
    [`localhost:8080/name@${f64}`, 'localhost:8080', 'name', null, f64],
    [`localhost@${f64}`, 'docker.io', 'library/localhost', null, f64],
    // normalize_test.go
    ['docker/docker', 'docker.io', 'docker/docker'],
    ['library/debian', 'docker.io', 'library/debian'],
    ['debian', 'docker.io', 'library/debian'],
    ['docker.io/docker/docker', 'docker.io', 'docker/docker'],
    ['docker.io/library/debian', 'docker.io', 'library/debian'],
    ['docker.io/debian', 'docker.io', 'library/debian'],
    ['index.docker.io/docker/docker', 'docker.io', 'docker/docker'],
    ['index.docker.io/library/debian', 'docker.io', 'library/debian'],
    ['index.docker.io/debian', 'docker.io', 'library/debian'],
    ['127.0.0.1:5000/docker/docker', '127.0.0.1:5000', 'docker/docker'],
    ['127.0.0.1:5000/library/debian', '127.0.0.1:5000', 'library/debian'],
    ['127.0.0.1:5000/debian', '127.0.0.1:5000', 'debian'],
    ['192.168.0.1:8/debian', '192.168.0.1:8', 'debian'],
    ['192.168.0.2:25000/debian', '192.168.0.2:25000', 'debian'],
    [song, 'docker.io', `library/${song}`],
    ['[fc00::1]:5000/docker', '[fc00::1]:5000', 'docker'],
    ['[fc00::1]:5000/docker/docker', '[fc00::1]:5000', 'docker/docker'],
    ['[fc00:1:2:3:4:5:6:7]:5000/library/debian', '[fc00:1:2:3:4:5:6:7]:5000', 'library/debian'],
    [`docker.io/${id}`, 'docker.io', `library/${id}`],
    [`${id}:tag`, 'docker.io', `library/${id}`, 'tag'],
    [id.slice(1), 'docker.io', `library/${id.slice(1)}`],
    ['dbcc1', 'docker.io', 'library/dbcc1'],
    ['Docker/docker', 'Docker', 'docker'],
    ['DOCKER/docker', 'DOCKER', 'docker'],
    ['docker-rules/docker', 'docker.io', 'docker-rules/docker'],
    ['docker---rules/docker', 'docker.io', 'docker---rules/docker'],
    ['doc/docker', 'docker.io', 'doc/docker'],
    ['d/docker', 'docker.io', 'd/docker'],
    ['jess/t', 'docker.io', 'jess/t'],
    ['dock__er/docker', 'docker.io', 'dock__er/docker'],
    ['test.com/foo', 'test.com', 'foo'],
    ['test_com/foo', 'docker.io', 'test_com/foo'],
    ['docker/migrator', 'docker.io', 'docker/migrator'],
    ['test.com:8080/foo', 'test.com:8080', 'foo'],
    ['test-com:8080/foo', 'test-com:8080', 'foo'],
    ['xn--n3h.com:18080/foo', 'xn--n3h.com:18080', 'foo'],
    ['docker.io/library/foo/bar', 'docker.io', 'library/foo/bar'],
    [`redis@${redis}`, 'docker.io', 'library/redis', null, redis],
    [`dmcgowan/myapp@${redis}`, 'docker.io', 'dmcgowan/myapp', null, redis],
    [`busybox:latest@${redis}`, 'docker.io', 'library/busybox', 'latest', redis],
    ['192.168.0.1:80', 'docker.io', 'library/192.168.0.1', '80'],
    ['Foo/bar', 'Foo', 'bar'],
    ['nonlibrary/ubuntu', 'docker.io', 'nonlibrary/ubuntu'],
    ['127.0.0.1:8000/privatebase', '127.0.0.1:8000', 'privatebase'],
    ['example.com/private/moonbase', 'example.com', 'private/moonbase'],
    ['example.com:8000/private/moonbase', 'example.com:8000', 'private/moonbase'],
    ['example.com:8000/privatebasee', 'example.com:8000', 'privatebasee'],
    // regexp_test.go
    ['001a.com/a', '001a.com', 'a'],
    ['192.168.1.1:75050/a', '192.168.1.1:75050', 'a'],
    ['[fd00:1:2::3]:75050/a', '[fd00:1:2::3]:75050', 'a'],
    ['[2001:0db8:85a3:0000:0000:8a2e:0370:7334]:75050/a', '[2001:0db8:85a3:0000:0000:8a2e:0370:7334]:75050', 'a'],
    ['[2001:0db8:85a3:0000:0000:8a2e:0370:7334]:750505/a', '[2001:0db8:85a3:0000:0000:8a2e:0370:7334]:750505', 'a'],
    ['simple/name', 'docker.io', 'simple/name'],
    ['docker/stevvooe/app', 'docker.io', 'docker/stevvooe/app'],
    ['aa/aa/aa/aa/aa/aa/aa/aa/aa/bb/bb/bb/bb/bb/bb', 'docker.io', 'aa/aa/aa/aa/aa/aa/aa/aa/aa/bb/bb/bb/bb/bb/bb'],
    ['aa-a/a', 'docker.io', 'aa-a/a'],
    ['example.com/xn--7o8h.com/myimage', 'example.com', 'xn--7o8h.com/myimage'],
    ['registry.io/foo/a--id.module--name.ver---sion--name', 'registry.io', 'foo/a--id.module--name.ver---sion--name'],
    ['registry.com:8080/myapp:tag', 'registry.com:8080', 'myapp', 'tag'],
    [`registry.com:8080/myapp:tag2@${redis}`, 'registry.com:8080', 'myapp', 'tag2', redis],
    // Limits and digests
    [`a:${'t'.repeat(128)}`, 'docker.io', 'library/a', 't'.repeat(128)],
    ['a:_._-', 'docker.io', 'library/a', '_._-'],
    [`a@sha384:${'0'.repeat(96)}`, 'docker.io', 'library/a', null, `sha384:${'0'.repeat(96)}`],
  ]
  test.for(cases)('%s', ([text, registry, repository, tag = 'latest', digest = null]) => {
    const reference = parseReference(text)
    expect(reference).toMatchObject({ registry, repository, tag, digest })
    expect([reference.namespace, reference.name].filter((part) => part !== null).join('/')).toBe(repository)
    expect(parseReference(reference.toString())).toEqual(reference)
    expect(parseReference(reference.toString('full'))).toEqual(reference)
  })
})

describe('no namespace', () => {
  test.for([
    ['localhost/a', null],
    ['nginx', 'library'],
  ])('%s', ([text, namespace]) => {
    expect(parseReference(String(text)).namespace).toBe(namespace)
  })
})

describe('the familiar form and the full one', () => {
  const cases: [string, string, string][] = [
    ['nginx', 'nginx:latest', 'docker.io/library/nginx:latest'],
    [`a/b:1@${redis}`, `a/b:1@${redis}`, `docker.io/a/b:1@${redis}`],
    [`docker.io/library/redis@${redis}`, `redis@${redis}`, `docker.io/library/redis@${redis}`],
    ['index.docker.io/fooo/bar', 'fooo/bar:latest', 'docker.io/fooo/bar:latest'],
    ['other/library', 'other/library:latest', 'docker.io/other/library:latest'],
    [
      '127.0.0.1:8000/private/moonbase',
      '127.0.0.1:8000/private/moonbase:latest',
      '127.0.0.1:8000/private/moonbase:latest',
    ],
    ['example.com/privatebase', 'example.com/privatebase:latest', 'example.com/privatebase:latest'],
    [
      'index.docker.io/library/ubuntu-12.04-base',
      'ubuntu-12.04-base:latest',
      'docker.io/library/ubuntu-12.04-base:latest',
    ],
    ['library/foo/bar', 'library/foo/bar:latest', 'docker.io/library/foo/bar:latest'],
    ['store/foo/bar', 'store/foo/bar:latest', 'docker.io/store/foo/bar:latest'],
    ['FOO/bar', 'FOO/bar:latest', 'FOO/bar:latest'],
    ['docker.io/test.com/foo', 'docker.io/test.com/foo:latest', 'docker.io/test.com/foo:latest'],
    ['docker.io/localhost/foo', 'docker.io/localhost/foo:latest', 'docker.io/localhost/foo:latest'],
  ]
  test.for(cases)('%s', ([text, familiar, full]) => {
    const reference = parseReference(text)
    expect([`${reference}`, reference.toString('familiar'), reference.toString('full')]).toEqual([
      familiar,
      familiar,
      full,
    ])
  })
})

describe('what is no name', () => {
  const registry = 'must be a host name'
  const component = 'of the repository must be of lower-case letters and digits'
  const empty = 'it has no repository'
  const cases: [string, string][] = [
    ['', 'it is empty'],
    // reference_test.go
    [':justtag', empty],
    [`@${f64}`, empty],
    [`repo@sha256:${'f'.repeat(34)}`, 'has 34 digits, and sha256 has 64'],
    [`validname@invaliddigest:${'f'.repeat(64)}`, 'the digest algorithm "invaliddigest" is unsupported'],
    ['Uppercase:tag', 'the repository "Uppercase" must be in lower case. Write "uppercase"'],
    ['test:5000/Uppercase/lowercase:tag', 'the repository "Uppercase/lowercase" must be in lower case'],
    [`${'a/'.repeat(128)}a:tag`, 'is 257 characters long, and 255 are allowed'],
    [`domain/${'a'.repeat(256)}:tag`, 'is 263 characters long'],
    [`example.com/${'a'.repeat(256)}`, 'is 256 characters long'],
    ['aa/asdf$$^/aa', `the component "asdf$$^" ${component}`],
    ['[2001:db8::1]', 'it is a registry without a repository'],
    ['[2001:db8::1]:5000', 'it is a registry without a repository'],
    ['[2001:db8::1]:tag', 'it is a registry without a repository'],
    ['[fe80::1%eth0]:5000/repo', `the registry "[fe80::1%eth0]:5000" ${registry}`],
    ['[fe80::1%@invalidzone]:5000/repo', 'the component "[fe80"'],
    // normalize_test.go
    ['https://github.com/docker/docker', 'it begins with "https://", and names have no scheme'],
    ['docker/Docker', 'the repository "docker/Docker" must be in lower case. Write "docker/docker"'],
    ['-docker', `the component "-docker" ${component}`],
    ['-foo', component],
    ['-docker/docker', `the component "-docker" ${component}`],
    ['-docker.io/docker/docker', `the registry "-docker.io" ${registry}`],
    ['docker///docker', 'the repository "docker///docker" has an empty component'],
    ['docker.io/docker/Docker', 'the repository "docker/Docker" must be in lower case'],
    ['docker.io/docker///docker', 'has an empty component'],
    ['[fc00::1]', 'it is a registry without a repository'],
    ['[fc00::1]:5000', 'it is a registry without a repository'],
    ['fc00::1:5000/debian', 'an IPv6 address stands in brackets, and "fc00::1:5000" has none'],
    ['[fe80::1%eth0]:5000/debian', registry],
    ['[2001:db8:3:4::192.0.2.33]:5000/debian', registry],
    [id, "64 hexadecimal digits are an image's ID"],
    ['docker-/docker', 'the component "docker-"'],
    ['-docker-/docker', 'the component "-docker-"'],
    ['____/____', 'the component "____"'],
    ['_docker/_docker', 'the component "_docker"'],
    ['dock..er/docker', `the registry "dock..er" ${registry}`],
    ['dock_.er/docker', `the registry "dock_.er" ${registry}`],
    ['dock-.er/docker', `the registry "dock-.er" ${registry}`],
    ['docker/', 'has an empty component'],
    [`${'this_is_not_a_valid_namespace_because_its_lenth_is_greater_than_255_'.repeat(4)}x/docker`, 'characters long'],
    ['a:-foo', 'the tag "-foo" must be'],
    ['a@foo', 'the digest "foo" must be ALGORITHM:DIGITS'],
    // regexp_test.go
    ['test.com:http/a', `the registry "test.com:http" ${registry}`],
    ['ab-.com/a', registry],
    ['ab.-com/a', registry],
    ['ab.com-/a', registry],
    ['[fd00:1:2::3]75050/a', registry],
    ['[fd00:1:2::3]::75050/a', registry],
    ['fd00:1:2::3:75050/a', 'an IPv6 address stands in brackets'],
    ['a/a/a/a/', 'has an empty component'],
    ['a//a/a', 'has an empty component'],
    ['foo.com/', empty],
    ['a^a', component],
    ['foo.com/a-/a/a', 'the component "a-"'],
    ['foo_bar.com:8080/app', registry],
    ['docker_/docker_', 'the component "docker_"'],
    ['example.com/__underscore/myimage', 'the component "__underscore"'],
    ['example.com/..dots/myimage', 'the component "..dots"'],
    ['example.com/nodouble..dots/myimage', 'the component "nodouble..dots"'],
    ['docker./docker', registry],
    ['.docker/docker', registry],
    ['do__cker:8080/docker', registry],
    ['Foo/FarB', 'the repository "FarB" must be in lower case'],
    ['registry.com:8080/myapp@sha256:badbadbadbad', 'has 12 digits, and sha256 has 64'],
    ['registry.com:8080/myapp:invalid~tag', 'the tag "invalid~tag" must be'],
    [`localhost:http/name@${f64}`, registry],
    ['registry.com:8080/myapp@bad', 'must be ALGORITHM:DIGITS'],
    ['registry.com:8080/myapp@2bad', 'must be ALGORITHM:DIGITS'],
    // What the library takes, for want of a better reading
    ['foo_bar.com/app', `the registry "foo_bar.com" ${registry}`],
    [redis, `it is a digest alone. Put a name before it: NAME@${redis}.`],
    // Prefixes that are not part of a name
    ['docker://nginx', 'it begins with "docker://"'],
    // Tags and digests
    ['a:', 'the tag after ":" is empty'],
    ['a:.b', 'the tag ".b" must be'],
    ['a:b:c', 'the tag "b:c" must be'],
    [`a:${'t'.repeat(129)}`, 'is 129 characters long, and 128 are allowed'],
    ['a@', 'the digest "" must be'],
    ['a@sha256:', 'has 0 digits'],
    ['a@sha256', 'must have hexadecimal digits'],
    [`a@sha256:${'g'.repeat(64)}`, 'must have hexadecimal digits'],
    [`a@sha256:${'F'.repeat(64)}`, 'must be in lower case'],
    [`a@sha512:${'f'.repeat(64)}`, 'has 64 digits, and sha512 has 128'],
    [`a@SHA256:${'f'.repeat(64)}`, 'the digest algorithm "SHA256" is unsupported. Use sha256, sha384, sha512.'],
    [`a@constructor:${'f'.repeat(64)}`, 'is unsupported'],
    [`a@${f64}@${f64}`, 'must have hexadecimal digits'],
    // regexp_test.go
    ['foo.com:http/bar', registry],
    ['bad_hostname.com:8080/myapp:tag', registry],
    ['-ab.com/a', registry],
    ['do..cker/docker', registry],
    ['a-/a/a/a', component],
    ['foo/bar-', component],
    ['foo/-bar', component],
    ['foo-/bar', component],
    ['_foo/bar', component],
    ['asdf$$^/aa', component],
    ['[fd00:1:2::3%eth0]:75050/a', registry],
    ['example.com/.dots/myimage', component],
    // What cannot be seen
    [' nginx', 'the component " nginx"'],
    ['nginx\n', 'the component "nginx\\u{a}"'],
    ['a:latest\n', 'the tag "latest\\u{a}"'],
    [`a@${f64}\n`, '\\u{a}" must have hexadecimal digits'],
    ['\u0430lpine', 'the component "\\u{430}lpine"'],
    ['\x1b[31m/\u202egnp', 'the component "\\u{1b}[31m"'],
    ['a\ud83d', 'the component "a\\u{d83d}"'],
  ]
  test.for(cases)('%j', ([text, words]) => {
    const { code, message } = refused(text)
    expect(code).toBe('INVALID_REFERENCE')
    expect(message).toContain(words)
    expect(message).toMatch(/^[\x20-\x7e]+\.$/)
  })

  test.for([
    ['components', 'a/'.repeat(500_000)],
    ['dots', `${'a.'.repeat(500_000)}!/a`],
    ['dashes', 'a-'.repeat(500_000)],
    ['digits', `a@x:${'f'.repeat(1_000_000)}`],
    ['just under the limit', `${'a-'.repeat(511)}!`],
  ] as const)('endless text is refused at once, in few words: %s', ([, text]) => {
    const { code, message } = refused(text)
    expect(code).toBe('INVALID_REFERENCE')
    expect(message.length).toBeLessThan(500)
  })

  test('no text at all', () => {
    expect(refused(undefined)).toMatchObject({ code: 'INVALID_ARGUMENT', message: 'An image name must be a string.' })
  })
})
