{-# LANGUAGE OverloadedStrings #-}

module Poetry.Server.ListenerSpec (spec) where

import Control.Concurrent (yield)
import Control.Exception (bracket)
import Control.Monad (forM_, replicateM, replicateM_)
import Data.ByteString (ByteString)
import qualified Data.ByteString as Bytes
import qualified Data.ByteString.Char8 as Char8
import Data.Maybe (isJust)
import Network.Socket
import Network.Socket.ByteString (recv, sendAll)
import Test.Hspec

import qualified Poetry.Server.Schedule as Schedule
import Poetry.Server.Schedule (Act (..), Kind (..))
import Poetry.Server.SendLog (Event (..), Entry (..))
import Poetry.Server.Socket (reset)
import SlowServer
import TurnedClock (second, started)

-- All byte values.
poem :: ByteString
poem = Bytes.pack (concat (replicate 4 [0 .. 255]))

chunks :: Int -> Int -> [Act]
chunks size = Schedule.even size second

-- A poem of 4 MB, far more than small buffers hold.
long :: ByteString
long = Bytes.concat (replicate 4096 poem)

third :: Int
third = 3 * second

half :: Int
half = Bytes.length long `div` 2

smallBuffers :: [Act] -> (SlowServer -> IO a) -> IO a
smallBuffers = withSlowServer (Just 65536) long

sends :: [Entry] -> [(Int, Int, Bool)]
sends entries = [(start, end, isJust due) | Sent start end due <- events entries]

ended :: [Entry] -> Bool
ended = any (`elem` [Closed, WasReset, HungUp]) . events

-- A stall leaves no trace that a test could wait for. The green threads run in turn, so
-- this lets each thread that can go on run a hundred times.
othersGoOn :: IO ()
othersGoOn = replicateM_ 100 yield

spec :: Spec
spec = describe "a slow server" $ do
  it "sends a poem byte for byte, then closes" $
    withSlowServer Nothing poem (Schedule.even 100 0 (Bytes.length poem)) $ \server_ ->
      withClient server_ readAll `shouldReturn` poem

  it "closes without a byte if the poem is empty" $
    withSlowServer Nothing "" (chunks 10 0) $ \server_ -> do
      withClient server_ readAll `shouldReturn` ""
      events . drop 1 <$> logOf server_ 2 `shouldReturn` [Closed]

  it "logs all events of a connection with their times" $
    withSlowServer Nothing poem (chunks 100 250) $ \server_ -> withClient server_ $ \client -> do
      peer <- Char8.pack . show <$> getSocketName client
      forM_ [1 .. 3] $ \count -> logOf server_ count >> turn server_ second
      readAll client `shouldReturn` Bytes.take 250 poem
      let at_ seconds = Entry (started + seconds * second) 3 1
          due seconds = Just (started + seconds * second)
      logOf server_ 5
        `shouldReturn` [ at_ 0 (Accepted peer)
                       , at_ 1 (Sent 0 100 (due 1))
                       , at_ 2 (Sent 100 200 (due 2))
                       , at_ 3 (Sent 200 250 (due 3))
                       , at_ 3 Closed
                       ]

  it "serves each connection from its own accept" $
    withSlowServer Nothing poem (chunks 10 20) $ \server_ -> withClient server_ $ \early -> do
      _ <- logOf server_ 1
      turn server_ second
      _ <- logOf server_ 2
      withClient server_ $ \late -> do
        _ <- logOf server_ 3
        turn server_ second
        readAll early `shouldReturn` Bytes.take 20 poem
        _ <- logWhen server_ ((== 3) . length . sends)
        turn server_ second
        readAll late `shouldReturn` Bytes.take 20 poem
      entries <- logWhen server_ ((== 4) . length . sends)
      [(connection entry, (time entry - started) `div` second) | entry <- entries, Sent {} <- [event entry]]
        `shouldMatchList` [(1, 1), (1, 2), (2, 2), (2, 3)]

  it "logs how late each chunk is; a late chunk does not delay the next" $
    withSlowServer Nothing poem (Schedule.even 10 (second `div` 2) 20) $ \server_ -> withClient server_ $ \_ -> do
      _ <- logOf server_ 1
      turn server_ (3 * second)
      entries <- logOf server_ 3
      [(time entry - started, fmap (subtract started) due) | entry@(Entry {event = Sent _ _ due}) <- entries]
        `shouldBe` [(3 * second, Just (second `div` 2)), (3 * second, Just second)]

  it "resets after it has sent the bytes before the reset" $
    withSlowServer Nothing poem [Act second (Send 100), Act (2 * second) Reset] $ \server_ ->
      withClient server_ $ \client -> do
        _ <- logOf server_ 1
        turn server_ second
        recv client 999 `shouldReturn` Bytes.take 100 poem
        turn server_ second
        meetsReset client `shouldReturn` True
        events . drop 2 <$> logOf server_ 3 `shouldReturn` [WasReset]

  it "notices during a pause that the client has hung up, and drops the rest" $
    withSlowServer Nothing poem (chunks 100 300) $ \server_ -> do
      _ <- withClient server_ $ \client -> do
        _ <- logOf server_ 1
        turn server_ second
        _ <- logOf server_ 2
        recv client 1 -- the other bytes are unread: the kernel resets
      events . drop 2 <$> logOf server_ 3 `shouldReturn` [HungUp]
      turn server_ (9 * second)
      _ <- withClient server_ (const (logOf server_ 4))
      length . filter ((== 1) . connection) <$> logOf server_ 4 `shouldReturn` 3

  it "notices that a client has closed when it sends again" $
    withSlowServer Nothing poem (chunks 100 300) $ \server_ -> do
      _ <- withClient server_ (const (logOf server_ 1))
      forM_ [2, 3] $ \count -> logOf server_ count >> turn server_ second
      [HalfClosed, Sent 0 100 _, HungUp] <- events . drop 1 <$> logOf server_ 4
      pure ()

  it "goes on if the client has ended its side" $
    withSlowServer Nothing poem (chunks 100 200) $ \server_ -> withClient server_ $ \client -> do
      shutdown client ShutdownSend
      events . drop 1 <$> logOf server_ 2 `shouldReturn` [HalfClosed]
      turn server_ (2 * second)
      readAll client `shouldReturn` Bytes.take 200 poem
      map (`elem` [Closed]) . events <$> logOf server_ 5 `shouldReturn` [False, False, False, False, True]

  describe "that stalls" $ do
    let stalling test = withSlowServer Nothing poem [Act 0 (Send 100), Act second Stall] $ \server_ ->
          withClient server_ $ \client -> logOf server_ 2 >> test server_ client
        stalled test = stalling $ \server_ client -> turn server_ (9 * second) >> othersGoOn >> test server_ client

    it "sends nothing, and ends when the client hangs up" $
      stalled $ \server_ client -> do
        recv client 999 `shouldReturn` Bytes.take 100 poem
        close client
        events . drop 2 <$> logOf server_ 3 `shouldReturn` [HungUp]

    it "ends when the client ends its side" $
      stalled $ \server_ client -> do
        shutdown client ShutdownSend
        readAll client `shouldReturn` Bytes.take 100 poem
        events . drop 2 <$> logOf server_ 3 `shouldReturn` [HungUp]

    it "ends when the client resets" $
      stalled $ \server_ client -> do
        reset client
        events . drop 2 <$> logOf server_ 3 `shouldReturn` [HungUp]

    it "ends at the stall if the client has ended its side before" $
      stalling $ \server_ client -> do
        shutdown client ShutdownSend
        events . drop 2 <$> logOf server_ 3 `shouldReturn` [HalfClosed]
        turn server_ second
        readAll client `shouldReturn` Bytes.take 100 poem
        events . drop 3 <$> logOf server_ 4 `shouldReturn` [HungUp]

    it "resets the connection when it is stopped" $
      stalled $ \server_ client -> do
        recv client 999 `shouldReturn` Bytes.take 100 poem
        stop server_
        events . drop 2 <$> logOf server_ 3 `shouldReturn` [WasReset]
        meetsReset client `shouldReturn` True

  describe "that ends only its own side" $ do
    let finishing test = withSlowServer Nothing poem [Act 0 (Send 100), Act second Fin] $ \server_ ->
          withClient server_ $ \client -> logOf server_ 2 >> test server_ client

    it "waits for the client to hang up" $
      finishing $ \server_ client -> do
        turn server_ second
        readAll client `shouldReturn` Bytes.take 100 poem
        events . drop 2 <$> logOf server_ 3 `shouldReturn` [Finished]
        sendAll client "are you still there?"
        othersGoOn
        length <$> logOf server_ 3 `shouldReturn` 3
        close client
        events . drop 3 <$> logOf server_ 4 `shouldReturn` [HungUp]

    it "ends the connection then if the client has ended its side before" $
      finishing $ \server_ client -> do
        shutdown client ShutdownSend
        events . drop 2 <$> logOf server_ 3 `shouldReturn` [HalfClosed]
        turn server_ second
        readAll client `shouldReturn` Bytes.take 100 poem
        events . drop 3 <$> logOf server_ 5 `shouldReturn` [Finished, HungUp]

  it "logs what the kernel took, without a due time for chunks that wait for the client to read" $
    smallBuffers [Act 0 (Send half), Act second (Send half), Act second Close] $ \server_ ->
      withPoorClient server_ $ \client -> do
        _ <- logOf server_ 2
        turn server_ (5 * second)
        waiting <- logOf server_ 2
        [end < half | (_, end, _) <- sends waiting] `shouldSatisfy` and
        received <- readAll client
        (received == long) `shouldBe` True
        entries <- logWhen server_ ended
        let (starts, ends, due) = unzip3 (sends entries)
        starts `shouldBe` 0 : init ends
        last ends `shouldBe` Bytes.length long
        due `shouldBe` True : map (const False) (drop 1 due)

  it "logs a due time again when the client has read all earlier bytes" $
    smallBuffers [Act 0 (Send half), Act second (Send 10), Act third (Send 10), Act third Close] $ \server_ ->
      withPoorClient server_ $ \client -> do
        _ <- logOf server_ 2
        turn server_ (2 * second)
        readSome client (half + 10)
        _ <- logWhen server_ ((== half + 10) . maximum . map (\(_, end, _) -> end) . sends)
        turn server_ second
        entries <- logWhen server_ ended
        drop (length (sends entries) - 2) (sends entries)
          `shouldBe` [(half, half + 10, False), (half + 10, half + 20, True)]

  it "is not delayed for one client by another that does not read" $
    smallBuffers [Act 0 (Send half), Act second (Send half), Act second Close] $ \server_ ->
      withPoorClient server_ $ \_ -> do
        _ <- logOf server_ 2
        withClient server_ $ \client -> do
          _ <- logWhen server_ (elem 2 . map connection)
          turn server_ second
          received <- readAll client
          (received == long) `shouldBe` True

  it "resets in time even if the client does not read" $
    smallBuffers [Act 0 (Send half), Act second Reset] $ \server_ ->
      withPoorClient server_ $ \_ -> do
        _ <- logOf server_ 2
        turn server_ second
        last . events <$> logWhen server_ ended `shouldReturn` WasReset

  it "serves a thousand clients at once" $ withSockets 2500 $ do
    withSlowServer Nothing poem (chunks 400 (Bytes.length poem)) $ \server_ ->
      bracket (replicateM 1000 (connectTo server_)) (mapM_ close) $ \clients -> do
        entries <- logOf server_ 1000
        length [() | Accepted _ <- events entries] `shouldBe` 1000 -- all are open at once
        turn server_ (3 * second)
        received <- traverse readAll clients
        all (== poem) received `shouldBe` True

  it "resets open connections and frees its port when it is stopped" $
    withSlowServer Nothing poem (chunks 100 200) $ \server_ -> withClient server_ $ \client -> do
      _ <- logOf server_ 1
      stop server_
      map event . drop 1 <$> logOf server_ 2 `shouldReturn` [WasReset]
      meetsReset client `shouldReturn` True
      refuses server_ `shouldReturn` True
