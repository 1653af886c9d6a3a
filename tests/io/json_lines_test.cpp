// SPDX-License-Identifier: Apache-2.0
#include <eggroll/io/json_lines.hpp>

#include "support/temporary_directory.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fstream>
#include <limits>
#include <string>

using eggroll::io::JsonLines;
using eggroll::io::keep_events_until;
using eggroll_test::content_of;
using eggroll_test::TemporaryDirectory;
using Json = nlohmann::ordered_json;

TEST_CASE("each event is a line on the disk at once", "[io][json_lines]") {
    TemporaryDirectory const directory;
    auto const path = directory.write("log.jsonl", "an older log\n");
    JsonLines log(path);
    log.write({{"event", "start"}, {"bits", 4.75}});
    CHECK(content_of(path) == "{\"event\":\"start\",\"bits\":4.75}\n");
    log.write({{"text", "a\n\xff"}, {"rate", std::numeric_limits<double>::quiet_NaN()}});
    CHECK(content_of(path) == "{\"event\":\"start\",\"bits\":4.75}\n{\"text\":\"a\\n\xef\xbf\xbd\",\"rate\":null}\n");
    CHECK_THROWS_AS(log.write(Json::array({1})), eggroll::Error);
    CHECK_THROWS_AS(JsonLines(directory.path() / "no" / "where"), eggroll::Error);
    CHECK_THROWS_AS(JsonLines(directory.path()), eggroll::Error);
}

TEST_CASE("a resumed log has every generation once", "[io][json_lines]") {
    TemporaryDirectory const directory;
    auto const write = [](JsonLines& log, int from, int to) {
        for (int generation = from; generation <= to; ++generation) {
            log.write({{"event", "generation"}, {"generation", generation}, {"loss", generation * 0.5}});
            log.write({{"event", "note"}});
        }
    };
    auto const whole = directory.path() / "whole";
    {
        JsonLines log(whole);
        log.write({{"event", "start"}});
        write(log, 1, 6);
        log.write({{"event", "end"}});
    }
    auto const resumed = directory.path() / "resumed";
    {
        JsonLines log(resumed);
        log.write({{"event", "start"}});
        write(log, 1, 5);
        log.write({{"event", "end"}});
    }
    std::ofstream(resumed, std::ios::app) << R"({"event":"generation","gener)"; // cut off by a kill
    {
        JsonLines log = JsonLines::resume(resumed, 3);
        write(log, 4, 6);
        log.write({{"event", "end"}});
    }
    CHECK(content_of(resumed) == content_of(whole));
    CHECK(directory.entries() == 2);
}

TEST_CASE("a log can be resumed from nothing", "[io][json_lines]") {
    TemporaryDirectory const directory;
    keep_events_until(directory.path() / "log", 3);
    CHECK(directory.entries() == 0);
    JsonLines log = JsonLines::resume(directory.path() / "log", 3);
    log.write({{"generation", 4}});
    CHECK(content_of(directory.path() / "log") == "{\"generation\":4}\n");
    CHECK_THROWS_AS(keep_events_until(directory.path(), 3), eggroll::Error);
}
