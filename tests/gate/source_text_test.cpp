// What the gate reads in sources: statements, reasons, operations, the table of source mutants.
#include "checker/gate/source_text.hpp"

#include <gtest/gtest.h>

#include "checker/gate/failure.hpp"
#include "checker/gate/source_mutant.hpp"

namespace faultline::gate {

namespace {

const std::string code =
    "int before = 0;\n"                                            // 1
    "// Says something.\n"                                         // 2
    "// unforced(relaxed): the lock orders it,\n"                  // 3
    "// as it does the rest\n"                                     // 4
    "// unforced(dropped): a hint\n"                               // 5
    "word.store(\n"                                                // 6
    "    value, release);\n"                                       // 7
    "other.load(acquire);  // unforced: nobody needs it\n"         // 8
    "if (word.exchange(1, acq_rel) != 0) P::unpark(task);\n"       // 9
    "cache.free_rcu(old);  // of a section that began earlier\n";  // 10

std::string message_of(const std::string& text) {
  try {
    const SourceText source("mm/x.hpp", text);
    return "no failure";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), exit_code::usage);
    return failure.what();
  }
}

TEST(SourceText, StatementsGoOverLines) {
  const SourceText source("mm/x.hpp", code);
  EXPECT_EQ(source.statement(7).first, 6u);
  EXPECT_EQ(source.statement(6).last, 7u);
  EXPECT_EQ(source.statement(8).first, 8u);
  EXPECT_EQ(source.statement(1).last, 1u);
  EXPECT_EQ(source.line(9), "if (word.exchange(1, acq_rel) != 0) P::unpark(task);");
  EXPECT_EQ(source.line(0) + source.line(11), "");
}

TEST(SourceText, AReasonStandsAboveOrBesideItsCode) {
  const SourceText source("mm/x.hpp", code);
  ASSERT_EQ(source.reasons().size(), 3u);
  const Reason* relaxed = source.reason(7, "relaxed");
  ASSERT_NE(relaxed, nullptr);
  EXPECT_EQ(relaxed->text, "the lock orders it, as it does the rest");
  EXPECT_EQ(relaxed->line, 3u);
  EXPECT_EQ(relaxed->code_line, 6u);
  EXPECT_EQ(source.reason(6, "dropped")->text, "a hint");
  EXPECT_EQ(source.reason(6, "acquire"), nullptr);
  EXPECT_EQ(source.reason(8, "relaxed")->text, "nobody needs it");
  EXPECT_EQ(source.reason(9, "relaxed"), nullptr);
}

TEST(SourceText, FindsWhatCouldBeChanged) {
  const SourceText source("mm/x.hpp", code);
  EXPECT_EQ(source.operations(), (std::vector<unsigned>{6, 7, 8, 9, 10}));
  EXPECT_TRUE(
      SourceText("x", "// word.store(1, release);\nfull of orders;\n").operations().empty());
}

TEST(SourceText, AReasonThatIsNoneIsAnError) {
  EXPECT_NE(message_of("// unforced:\nx.load(acquire);\n").find("gives none"), std::string::npos);
  EXPECT_NE(message_of("// unforced(rlx): why\nx();\n").find("'rlx' is no change"),
            std::string::npos);
  EXPECT_NE(message_of("// unforced why\nx();\n").find("is written"), std::string::npos);
  EXPECT_NE(message_of("// unforced: why\n\nx();\n").find("about no code"), std::string::npos);
  EXPECT_NE(message_of("x();\n// unforced: why\n").find("about no code"), std::string::npos);
  EXPECT_EQ(message_of("// unforcedly said\nx();\n"), "no failure");
}

TEST(SourceText, AFileThatIsNotThereSaysWhatToDo) {
  try {
    read_source("/nowhere", "mm/x.hpp");
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), exit_code::environment);
    EXPECT_NE(std::string(failure.what()).find("--root"), std::string::npos);
  }
}

// --- the table of source mutants ---

std::string entry(const std::string& name, const std::string& text) {
  return R"({"name": ")" + name + R"(", "file": "mm/x.hpp", "what": "w", "text": [")" + text +
         R"("], "replacement": ["y"], "designs": ["refcount"]})";
}

std::string table_message(const std::string& json) {
  try {
    parse_source_mutants("table.json", json);
    return "no failure";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), exit_code::usage);
    return failure.what();
  }
}

TEST(SourceMutants, BadTablesSayWhatIsWrong) {
  const auto says = [](const std::string& json, const std::string& part) {
    EXPECT_NE(table_message(json).find(part), std::string::npos) << table_message(json);
  };
  says("", "not a JSON array");
  says("{}", "not a JSON array");
  says("[1]", "entry 1 is no object");
  says("[{}]", "has no 'name'");
  says(R"([{"name": "a", "file": 1}])", "has no 'file'");
  says(R"([{"name": "a", "file": "f", "what": "w", "text": "t"}])", "has no 'text'");
  says(R"([{"name": "a", "file": "f", "what": "w", "text": [], "replacement": [], "designs": []}])",
       "the lines to change");
  says(R"([{"name":"a","file":"f","what":"w","text":["t"],"replacement":[],"designs":[]}])",
       "at least one");
  says("[" + entry("a", "x") + "," + entry("a", "y") + "]", "two entries are named 'a'");
  says("[" + entry("a", "x") + "," + entry("b", "x") + "]", "no failure");
}

TEST(SourceMutants, TheTextOccursExactlyOnce) {
  const SourceText source("mm/x.hpp", "one;\ntwo;\ntwo;\n");
  const auto line = [&](const std::string& text) {
    return line_of(parse_source_mutants("t", "[" + entry("a", text) + "]")[0], source);
  };
  EXPECT_EQ(line("one;"), 1u);
  EXPECT_THROW(line("two;"), Failure);
  EXPECT_THROW(line("three;"), Failure);
}

TEST(SourceMutants, ALineThatIsTheSameIsNotTheMutantsLine) {
  const SourceText source("mm/x.hpp", "one;\ntwo;\nthree;\n");
  SourceMutant mutant{"a", "mm/x.hpp", "one;\ntwo;", "one;\n2;", "w", {"refcount"}};
  EXPECT_EQ(line_of(mutant, source), 2u);
  mutant.replacement = "";
  EXPECT_EQ(line_of(mutant, source), 1u);
}

TEST(SourceMutants, OutcomesThatAreNotCompleteAreRefused) {
  EXPECT_THROW(parse_source_outcomes("o", R"([{"name": "a", "killed": true}])"), Failure);
  EXPECT_THROW(parse_source_outcomes("o", "no"), Failure);
  EXPECT_TRUE(parse_source_outcomes("o", "[]").empty());
}

}  // namespace

}  // namespace faultline::gate
