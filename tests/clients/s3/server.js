// An S3 server for tests: s3rver, and in front of it the conditional write of PutObject as Amazon documents it (If-None-Match: *), which s3rver lacks,
// and copy sources whose slashes are encoded too.
// Arguments: folder, bucket. Writes its port as a line.
'use strict';
const crypto = require('crypto');

// s3rver hides its page tokens by single DES, which OpenSSL 3 leaves out; triple DES with one key is the same.
for (const name of ['createCipheriv', 'createDecipheriv']) {
  const original = crypto[name];
  crypto[name] = (algorithm, key, iv, options) =>
    algorithm === 'des' ? original('des-ede3-cbc', Buffer.concat([key, key, key]), iv, options) : original(algorithm, key, iv, options);
}

const S3rver = require('s3rver');

const [directory, bucket] = process.argv.slice(2);
const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory, configureBuckets: [{ name: bucket, configs: [] }] });
const busy = new Map();

async function conditional(ctx, next) {
  if (ctx.method !== 'PUT' || ctx.get('if-none-match') !== '*') return next();
  while (busy.has(ctx.path)) await busy.get(ctx.path);
  let done;
  busy.set(ctx.path, new Promise((resolve) => { done = resolve; }));
  try {
    const [, name, ...key] = decodeURIComponent(ctx.path).split('/');
    if (!(await server.store.existsObject(name, key.join('/')))) return await next();
    ctx.req.resume();
    ctx.status = 412;
    ctx.type = 'application/xml';
    ctx.body = '<?xml version="1.0" encoding="UTF-8"?><Error><Code>PreconditionFailed</Code><Message>At least one of the pre-conditions you specified did not hold</Message></Error>';
  } finally {
    busy.delete(ctx.path);
    done();
  }
}

server.middleware.unshift((ctx, next) => {
  const source = ctx.headers['x-amz-copy-source'];
  if (source) ctx.headers['x-amz-copy-source'] = encodeURI(decodeURIComponent(source));
  return next();
});
if (!process.env.S3_UNCONDITIONAL) server.middleware.unshift(conditional);
server.run().then((address) => console.log(address.port));
process.stdin.on('end', () => process.exit(0)).resume();
