// Runs inside the Java process of SPICE: a line with a JSON list of captions comes in, a line with the
// propositions of each goes out, in the order in which its parser makes them, or an object with the key "error".
(function () {
  var System = Java.type("java.lang.System");
  var reader = new java.io.BufferedReader(new java.io.InputStreamReader(System.in, "UTF-8"));
  var writer = new java.io.PrintStream(System.out, true, "UTF-8");
  System.setOut(System.err); // what the libraries print is not an answer

  var Parser = Java.type("edu.anu.spice.SpiceParser");
  var parser = new Parser(null, java.lang.Runtime.getRuntime().availableProcessors(), true);
  var propose = Parser.class.getDeclaredMethod("generateTuples", java.util.List.class);
  propose.setAccessible(true);

  function toArray(list) {
    return Java.from(list);
  }

  function parse(captions) {
    var found = propose.invoke(parser, java.util.Arrays.asList(Java.to(captions, "java.lang.String[]")));
    return captions.map(function (caption) {
      return toArray(found.get(caption)).map(toArray);
    });
  }

  function reason(error) {
    var cause = error;
    while (cause instanceof java.lang.Throwable && cause.getCause() !== null) {
      cause = cause.getCause();
    }
    return String(cause);
  }

  var line;
  while ((line = reader.readLine()) !== null) {
    var answer;
    try {
      answer = parse(JSON.parse(line));
    } catch (error) {
      answer = { error: reason(error) };
    }
    writer.println(JSON.stringify(answer));
  }
})();
