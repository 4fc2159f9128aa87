/** Multipart forms that other projects' tests know, in our form: the facts are theirs, the words are ours. */

/** What a form holds: name, text; or name, content, file name and media type. */
export type ExpectedPart =
  | readonly [name: string, content: string]
  | readonly [name: string, content: string, fileName: string, type: string];

export interface MultipartVector {
  /** The project whose tests have the case, and the case. */
  readonly title: string;
  readonly boundary: string;
  /** Lines, joined by CRLF; one character a byte unless `utf8` is set. */
  readonly lines: readonly string[];
  readonly utf8?: boolean;
  /** The parts, or the status of the refusal. */
  readonly expected: readonly ExpectedPart[] | number;
}

const octets = "application/octet-stream";
const field = (name: string): string => `Content-Disposition: form-data; name="${name}"`;
const file = (name: string, fileName: string): string => `${field(name)}; filename="${fileName}"`;

const pythonMultipart: readonly MultipartVector[] = [
  {
    title: "python-multipart: one field",
    boundary: "boundary",
    lines: ["--boundary", field("field"), "", "This is a test.", "--boundary--"],
    expected: [["field", "This is a test."]],
  },
  {
    title: "python-multipart: a field that is longer",
    boundary: "boundary",
    lines: ["--boundary", field("field"), "", "This is a longer test", "with lines", "--boundary--", ""],
    expected: [["field", "This is a longer test\r\nwith lines"]],
  },
  {
    title: "python-multipart: one file",
    boundary: "boundary",
    lines: ["--boundary", file("file", "file.txt"), "Content-Type: text/plain", "", "test text.", "--boundary--"],
    expected: [["file", "test text.", "file.txt", "text/plain"]],
  },
  {
    title: "python-multipart: field and file",
    boundary: "boundary",
    lines: [
      "--boundary",
      field("field"),
      "",
      "test1",
      "--boundary",
      file("file", "file.txt"),
      "",
      "test2",
      "--boundary--",
    ],
    expected: [
      ["field", "test1"],
      ["file", "test2", "file.txt", octets],
    ],
  },
  {
    title: "python-multipart: several files",
    boundary: "boundary",
    lines: [
      "--boundary",
      file("file1", "1.txt"),
      "",
      "one",
      "--boundary",
      file("file2", "2.txt"),
      "",
      "two",
      "--boundary--",
    ],
    expected: [
      ["file1", "one", "1.txt", octets],
      ["file2", "two", "2.txt", octets],
    ],
  },
  {
    title: "python-multipart: a boundary that is nearly there",
    boundary: "boundary",
    lines: [
      "--boundary",
      field("field"),
      "",
      "--bounda",
      "--boundar",
      "-boundary",
      "\r\r--boundary\n--boundary",
      "--boundary--",
    ],
    expected: [["field", "--bounda\r\n--boundar\r\n-boundary\r\n\r\r--boundary\n--boundary"]],
  },
  {
    title: "python-multipart: line breaks before the first boundary",
    boundary: "boundary",
    lines: ["", "", "", "--boundary", field("field"), "", "x", "--boundary--"],
    expected: [["field", "x"]],
  },
  {
    title: "python-multipart: line breaks and text before the first boundary",
    boundary: "boundary",
    lines: ["", "text", "", "--boundary", field("field"), "", "x", "--boundary--"],
    expected: [["field", "x"]],
  },
  {
    title: "python-multipart: headers of mail before the first boundary",
    boundary: "boundary",
    lines: [
      "MIME-Version: 1.0",
      "Content-Type: multipart/form-data",
      "",
      "--boundary",
      field("field"),
      "",
      "x",
      "--boundary--",
    ],
    expected: [["field", "x"]],
  },
  {
    title: "python-multipart: a trailer",
    boundary: "boundary",
    lines: ["--boundary", field("field"), "", "x", "--boundary--", "", "trailing", "--boundary"],
    expected: [["field", "x"]],
  },
  {
    title: "python-multipart: headers in any case",
    boundary: "boundary",
    lines: [
      "--boundary",
      'cOnTeNt-dIsPoSiTiOn: form-data; name="file"; filename="a.txt"',
      "CONTENT-TYPE: Text/PLAIN",
      "",
      "x",
      "--boundary--",
    ],
    expected: [["file", "x", "a.txt", "text/plain"]],
  },
  {
    title: "python-multipart: a header whose name has a digit",
    boundary: "boundary",
    lines: ["--boundary", field("field"), "X-Header1: y", "", "x", "--boundary--"],
    expected: [["field", "x"]],
  },
  { title: "python-multipart: an empty message", boundary: "boundary", lines: ["--boundary--", ""], expected: [] },
  {
    title: "python-multipart: an empty message with a bad end",
    boundary: "boundary",
    lines: ["--boundary-X", ""],
    expected: 400,
  },
  {
    title: "python-multipart: a file name in UTF-8",
    boundary: "boundary",
    utf8: true,
    lines: ["--boundary", file("file", "???.txt".replace("???", "日本")), "", "x", "--boundary--"],
    expected: [["file", "x", "日本.txt", octets]],
  },
  {
    title: "python-multipart: a header that does not end",
    boundary: "boundary",
    lines: ["--boundary", `${field("field")}\rX`, "", "x", "--boundary--"],
    expected: 400,
  },
  {
    title: "python-multipart: a character that no header name has",
    boundary: "boundary",
    lines: ["--boundary", "Content-Dis\x8fposition: form-data; name=x", "", "x", "--boundary--"],
    expected: 400,
  },
  {
    title: "python-multipart: a first boundary that is another",
    boundary: "boundary",
    lines: ["--Boundary", field("field"), "", "x", "--Boundary--"],
    expected: 400,
  },
  {
    title: "python-multipart: a header without a name",
    boundary: "boundary",
    lines: ["--boundary", field("field"), ": x", "", "x", "--boundary--"],
    expected: 400,
  },
  {
    title: "python-multipart: a CR in a header",
    boundary: "boundary",
    lines: ["--boundary", field("fi\reld"), "", "x", "--boundary--"],
    expected: 400,
  },
  {
    title: "python-multipart: content in base64",
    boundary: "boundary",
    lines: ["--boundary", file("file", "a.txt"), "Content-Transfer-Encoding: base64", "", "VGVzdA==", "--boundary--"],
    expected: 415,
  },
  {
    title: "python-multipart: content in quoted-printable",
    boundary: "boundary",
    lines: [
      "--boundary",
      file("file", "a.txt"),
      "Content-Transfer-Encoding: quoted-printable",
      "",
      "foo=3Dbar",
      "--boundary--",
    ],
    expected: 415,
  },
  {
    title: "python-multipart: data full of line breaks",
    boundary: "boundary",
    lines: ["--boundary", file("file", "a.bin"), "", "\r\n".repeat(2_000), "--boundary--"],
    expected: [["file", "\r\n".repeat(2_000), "a.bin", octets]],
  },
];

const busboyBoundary = "---------------------------paZqsnEHRufoShdX6fh0lUhXBP4k";
const busboy: readonly MultipartVector[] = [
  {
    title: "busboy: fields and files",
    boundary: busboyBoundary,
    lines: [
      `--${busboyBoundary}`,
      field("a"),
      "",
      "super alpha file",
      `--${busboyBoundary}`,
      file("f", "1k_a.dat"),
      `Content-Type: ${octets}`,
      "",
      "A".repeat(1_023),
      `--${busboyBoundary}--`,
    ],
    expected: [
      ["a", "super alpha file"],
      ["f", "A".repeat(1_023), "1k_a.dat", octets],
    ],
  },
  { title: "busboy: nothing at all", boundary: busboyBoundary, lines: [" "], expected: 400 },
  {
    title: "busboy: an absolute path as a file name",
    boundary: "b",
    lines: ["--b", file("f", "/absolute/1k_a.dat"), "", "x", "--b--"],
    expected: [["f", "x", "1k_a.dat", octets]],
  },
  {
    title: "busboy: a path of Windows as a file name",
    boundary: "b",
    lines: ["--b", file("f", String.raw`C:\absolute\1k_b.dat`), "", "x", "--b--"],
    expected: [["f", "x", "1k_b.dat", octets]],
  },
  {
    title: "busboy: a relative path as a file name",
    boundary: "b",
    lines: ["--b", file("f", "relative/1k_c.dat"), "", "x", "--b--"],
    expected: [["f", "x", "1k_c.dat", octets]],
  },
  {
    title: "busboy: an empty content type",
    boundary: "b",
    lines: ["--b", field("cont"), "Content-Type: ", "", "x", "--b--"],
    expected: 400,
  },
  {
    title: "busboy: an empty disposition",
    boundary: "b",
    lines: ["--b", "Content-Disposition: ", "", "x", "--b--"],
    expected: 400,
  },
  {
    title: "busboy: an extended file name",
    boundary: "b",
    lines: ["--b", `${field("f")}; filename*=utf-8''n%C3%A4me.txt`, "", "x", "--b--"],
    expected: [["f", "x", "näme.txt", octets]],
  },
  {
    title: "busboy: a file without content",
    boundary: "b",
    lines: ["--b", file("f", "a.txt"), "", "", "--b--"],
    expected: [["f", "", "a.txt", octets]],
  },
  {
    title: "busboy: a file without a name or content is none",
    boundary: "b",
    lines: ["--b", file("f", ""), `Content-Type: ${octets}`, "", "", "--b--"],
    expected: [],
  },
  {
    title: "busboy: a form that ends in a header",
    boundary: "b",
    lines: ["--b", "Content-Disposition: form-da"],
    expected: 400,
  },
  {
    title: "busboy: a form that ends in a file",
    boundary: "b",
    lines: ["--b", file("f", "a"), "", "xxx"],
    expected: 400,
  },
  {
    title: "busboy: a field of another disposition",
    boundary: "b",
    lines: ["--b", 'Content-Disposition: attachment; name="a"', "", "x", "--b--"],
    expected: 400,
  },
  {
    title: "busboy: a line break in a name",
    boundary: "b",
    lines: ["--b", field("a\nb"), "", "x", "--b--"],
    expected: 400,
  },
];

const formidable: readonly MultipartVector[] = [
  {
    title: "formidable: the form of RFC 1867",
    boundary: "AaB03x",
    lines: [
      "--AaB03x",
      'content-disposition: form-data; name="field1"',
      "",
      "Joe Blow",
      "almost tricked you!",
      "--AaB03x",
      'content-disposition: form-data; name="f"; filename="file1.txt"',
      "Content-Type: text/plain",
      "",
      "... contents of file1.txt ...\r",
      "--AaB03x--",
      "",
    ],
    expected: [
      ["field1", "Joe Blow\r\nalmost tricked you!"],
      ["f", "... contents of file1.txt ...\r", "file1.txt", "text/plain"],
    ],
  },
  {
    title: "formidable: an escaped quote in a file name",
    boundary: "b",
    lines: ["--b", String.raw`Content-Disposition: form-data; name="f"; filename="funk\"y.txt"`, "", "x", "--b--"],
    expected: [["f", "x", "funk_y.txt", octets]],
  },
  {
    title: "formidable: a percent-encoded quote in a file name",
    boundary: "b",
    lines: ["--b", file("f", "funk%22y.txt"), "", "x", "--b--"],
    expected: [["f", "x", "funk_y.txt", octets]],
  },
  {
    title: "formidable: a semicolon in a file name",
    boundary: "b",
    lines: ["--b", file("f", "a;b.txt"), "", "x", "--b--"],
    expected: [["f", "x", "a;b.txt", octets]],
  },
];

const golang: readonly MultipartVector[] = [
  {
    title: "Go: space behind a boundary",
    boundary: "MyBoundary",
    lines: ["--MyBoundary  ", field("a"), "", "x", "--MyBoundary\t", field("b"), "", "y", "--MyBoundary--"],
    expected: [
      ["a", "x"],
      ["b", "y"],
    ],
  },
  {
    title: "Go: words behind a boundary",
    boundary: "MyBoundary",
    lines: ["--MyBoundary bogus", field("a"), "", "x", "--MyBoundary--"],
    expected: 400,
  },
  {
    title: "Go: line feeds only",
    boundary: "MyBoundary",
    lines: [`--MyBoundary\n${field("a")}\n\nx\n--MyBoundary--\n`],
    expected: 400,
  },
  {
    title: "Go: a boundary inside a line",
    boundary: "MyBoundary",
    lines: ["--MyBoundary", field("a"), "", "a --MyBoundary b", "--MyBoundary--"],
    expected: [["a", "a --MyBoundary b"]],
  },
  {
    title: "Go: no data and no line break before the end",
    boundary: "b",
    lines: ["--b", field("a"), "", "--b--"],
    expected: [["a", ""]],
  },
  {
    title: "Go: nested content is content",
    boundary: "outer",
    lines: [
      "--outer",
      file("f", "n"),
      "Content-Type: multipart/mixed; boundary=inner",
      "",
      "--inner",
      "",
      "x",
      "--inner--",
      "--outer--",
    ],
    expected: [["f", "--inner\r\n\r\nx\r\n--inner--", "n", "multipart/mixed"]],
  },
  {
    title: "Go: a boundary that begins another",
    boundary: "b",
    lines: ["--b", field("a"), "", "x", "--bc", "y", "--b--"],
    expected: 400,
  },
  { title: "Go: no closing delimiter", boundary: "b", lines: ["--b", field("a"), "", "x", "--b", ""], expected: 400 },
];

export const multipartVectors: readonly MultipartVector[] = [...pythonMultipart, ...busboy, ...formidable, ...golang];
