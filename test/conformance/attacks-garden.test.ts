/** Row 25: what the HTTP Garden found some server to read differently from another, class by class. */

import {
  attackBytes,
  butOnNode,
  chunked,
  get,
  hidden,
  post,
  refused,
  understood,
  type ByteAttack,
} from "./attack-engines.ts";

const five = "5\r\n12345\r\n0\r\n\r\n";
const headed = (line: string, status?: number): ByteAttack => refused(`${line}\r\nHost: a\r\n\r\n`, status);
const listed = (line: string): ByteAttack => refused(get(`${line}\r\n`) + hidden);
const measured = (length: string, body = "12345"): ByteAttack => refused(post(`Content-Length: ${length}\r\n`, body));
const sized = (body: string): ByteAttack => refused(chunked(body));

attackBytes("25 http-garden: lengths that are no plain decimal number", {
  "an underscore": measured("+1_0", "0123456789"),
  "a plus": measured("+5"),
  "a minus": measured("-48", ""),
  "minus zero": measured("-0", ""),
  hexadecimal: measured("0x10", "12345"),
  "a letter behind": measured("5Z"),
  nothing: measured("", hidden),
  "nothing before another": measured("\r\nContent-Length: 59", hidden),
  "a list": measured("5, 5"),
  "two, the first longer": measured("5\r\nContent-Length: 0"),
  "two, the last longer": measured(`0\r\nContent-Length: ${hidden.length}`, hidden),
  "0x85 behind the name": listed("Content-Length\u0085: 10"),
  "0xA0 behind the name": listed("Content-Length\u00a0: 10"),
  "0x85 before the digits": measured("\u00855"),
  "0xA0 behind the digits": measured("5\u00a0"),
  "a space for the colon": listed("Content-Length 10"),
  "a zero before, which is not octal": understood(post("Content-Length: 05\r\n", "12345"), "POST /json 12345"),
});

attackBytes("25 http-garden: chunks that some readers end elsewhere", {
  "an underscore": sized(`0_2e\r\n\r\n${hidden}`),
  "0x and an underscore": sized(`0x2_e\r\n\r\n${hidden}`),
  "0x": sized("0x5\r\n12345\r\n0\r\n\r\n"),
  "minus and 0x": sized("-0x0\r\n\r\n"),
  "a plus": sized("+5\r\n12345\r\n0\r\n\r\n"),
  "spaces before": sized("           0\r\n\r\n"),
  "a tab before": sized("\t0\r\n\r\n"),
  "letters that are no digits": sized("Z\r\nZZ\r\nZZZ\r\n\r\n"),
  "a word behind the digits": sized("5these-bytes\r\n12345\r\n0\r\n\r\n"),
  "no size": sized(`\r\n\r\n${hidden}`),
  "an empty line for the last chunk": sized(`5\r\n12345\r\n\r\n\r\n${hidden}`),
  "CR before an extension": sized(`5\r\r;ABCD\r\n34\r\nE\r\n0\r\n\r\n${hidden}`),
  "a space before an extension": sized("5 ;a\r\n12345\r\n0\r\n\r\n"),
  "LF behind the data": sized("5\r\n12345\n0\r\n\r\n"),
  "LF behind the size": sized("5\n12345\r\n0\r\n\r\n"),
  "LF behind the last size": sized("0\n\r\n"),
  "the request behind as a trailer": sized("0\r\nX:POST / HTTP/1.1\r\nHost\r\n\r\n"),
  "a NUL behind the body": {
    input: `${chunked(five)}\u0000`,
    fate: { statuses: [200, 400], runs: ["POST /json 12345"] },
  },
});

attackBytes("25 http-garden: field lines that some readers take for others", {
  "NUL in a value": listed("X: a\u0000b"),
  "NUL in a name": listed("Hea\u0000der: b"),
  "NUL for the colon": listed("c\u0000"),
  "LF, NUL and CR in a value": listed("X: v\n\u0000\ralue"),
  "CR in a value": listed("X: this\rvalue\ris"),
  "CR that hides a length": listed("X: y\rContent-Length: 10"),
  "LF in a name": listed("Te\nst: test"),
  "LF LF behind a colon": listed(`X:\n\n${hidden.trimEnd()}`),
  "a space before the colon": listed("Content-Length : 34"),
  "a space before the name": listed(" Content-Length: 34"),
  "no name": listed(": ignored"),
  "no name and no value": listed(":"),
  "no colon": listed("Test"),
  "a name that goes on in the next line": listed("Transfer-\r\nEncoding: chunked"),
  "separators in a name": listed('"(),/;<=>?@[/]{}: yep'),
  "0xC0 in a name": listed("X\u00c0\u00ef: yep"),
  "a Host with NUL": refused("GET /alive HTTP/1.1\r\nHost: a\u0000.example\r\n\r\n"),
  "every mark that a name may have": understood(get("!#$%&'*+-.^_`|~: yep\r\n"), "GET /alive"),
});

attackBytes("25 http-garden: codings that some readers do not take for chunked", {
  "an empty element before, and a length": listed("Transfer-Encoding: ,chunked\r\nContent-Length: 5"),
  twice: listed("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
  "and a length that is none": listed("Content-Length: blahblahblah\r\nTransfer-Encoding: chunked"),
  "and a length": listed("Content-Length: 5\r\nTransfer-Encoding: chunked"),
  "a vertical tab before": listed("Transfer-Encoding: \u000bchunked"),
  "0x85 behind": listed("Transfer-Encoding: chunked\u0085"),
});

attackBytes("25 http-garden: request lines and ends of heads", {
  "CRLF CR and a byte": refused(`GET /alive HTTP/1.1\r\nHost: a\r\n\rZ${hidden}`),
  "LF for the empty line": refused(`GET /alive HTTP/1.1\r\nHost: a\r\n\n${hidden}`),
  "LF everywhere": refused("GET /alive HTTP/1.1\nHost: a\nConnection: close\n\n"),
  "LF in the request line": headed("GET /alive\nHTTP/1.1"),
  "a version that begins well": headed("GET /alive HTTP/1.32"),
  "a version that overflows": headed("GET /alive HTTP/4294967297.257"),
  "a method that begins well": headed('G=":<>(e),[T];?" /alive HTTP/1.1'),
  "a target that is none": headed("GET ! HTTP/1.1"),
  "no version": butOnNode(headed("GET /alive"), "it is read as HTTP/0.9, whose connection ends with the answer", {
    statuses: [200],
    runs: ["GET /alive"],
  }),
  "HTTP/2's preface": butOnNode(refused("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505), "it has no such method", {
    statuses: [400],
    runs: [],
  }),
  "HTTP/2.0 in a request": butOnNode(headed("GET /alive HTTP/2.0", 505), "it is answered, and the connection ends", {
    statuses: [200],
    runs: ["GET /alive"],
  }),
});
