// Runs inside the Java process of SPICE: a line with a JSON list of captions comes in, a line with the
// propositions of each goes out, in the order in which its parser makes them, or an object with the key "error".
(function () {
  var lang = java.lang;
  var reader = new java.io.BufferedReader(new java.io.InputStreamReader(lang.System["in"], "UTF-8"));
  var writer = new java.io.PrintStream(lang.System.out, true, "UTF-8");
  lang.System.setOut(lang.System.err); // what the libraries print is not an answer

  var Parser = lang.Class.forName("edu.anu.spice.SpiceParser");
  var n_threads = lang.Runtime.getRuntime().availableProcessors();
  var parser = new Packages.edu.anu.spice.SpiceParser(null, n_threads, lang.Boolean.TRUE);
  var propose = Parser.getDeclaredMethod("generateTuples", [lang.Class.forName("java.util.List")]);
  propose.setAccessible(true);

  function toArray(list, convert) {
    var result = [];
    for (var i = 0; i < list.size(); i++) {
      result.push(convert(list.get(i)));
    }
    return result;
  }

  function parse(captions) {
    var input = new java.util.ArrayList();
    captions.forEach(function (caption) {
      input.add(caption);
    });
    var found = propose.invoke(parser, [input]);
    return captions.map(function (caption) {
      return toArray(found.get(caption), function (proposition) {
        return toArray(proposition, String);
      });
    });
  }

  function reason(error) {
    var cause = error.javaException || error;
    while (cause.getCause && cause.getCause() !== null) {
      cause = cause.getCause();
    }
    return String(cause);
  }

  var line;
  while ((line = reader.readLine()) !== null) {
    var answer;
    try {
      answer = parse(JSON.parse(String(line)));
    } catch (error) {
      answer = { error: reason(error) };
    }
    writer.println(JSON.stringify(answer));
  }
})();
