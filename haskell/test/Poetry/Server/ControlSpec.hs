{-# LANGUAGE OverloadedStrings #-}

module Poetry.Server.ControlSpec (spec) where

import Control.Exception (try)
import Data.ByteString (ByteString)
import qualified Data.ByteString.Char8 as Bytes
import Data.Either (fromRight)
import Data.Foldable (for_)
import Foreign (Ptr, allocaArray, peekArray)
import Foreign.C.Types (CInt (..), CLong)
import Network.Socket
import Network.Socket.ByteString (recv)
import System.Exit (ExitCode (..))
import System.FilePath ((</>))
import System.IO (hFlush)
import Test.Hspec

import Poetry.Address (Address (..))
import qualified Poetry.Address as Address
import ScriptedServer (withRefusing)
import ServerProcess

poem :: ByteString
poem = "No road is long\nwith poetry along.\n"

atOnce, inAnHour, never :: ByteString
atOnce = "0 send 35\n0 close\n"
inAnHour = "0 send 10\n3600 send 10\n3600 close\n"
never = "0 send 10\n0 stall\n"

-- The server program's process, and the folder of its playbill, poem and logs.
data Lab = Lab {servers :: ServerProcess, folder :: FilePath}

withLab :: (Lab -> IO a) -> IO a
withLab test = withFolder $ \there -> withServerProcess ["--control"] $ \process_ -> do
  Bytes.writeFile (there </> "a  poem.txt") poem
  test (Lab process_ there)

ask :: Lab -> [String] -> IO [ByteString]
ask lab words_ = do
  Bytes.hPut (input (servers lab)) (Bytes.intercalate "\t" (map Bytes.pack words_) <> "\n")
  hFlush (input (servers lab))
  Bytes.split '\t' <$> Bytes.hGetLine (output (servers lab))

open :: Lab -> [ByteString] -> IO [ByteString]
open lab playbill = do
  Bytes.writeFile (folder lab </> "play bill") ("iface 127.0.0.1\n" <> mconcat playbill)
  ask lab ["open", folder lab </> "play bill", folder lab </> "send log"]

listening :: Lab -> [ByteString] -> IO [PortNumber]
listening lab playbill = do
  answer <- open lab playbill
  take 1 answer `shouldBe` ["listening"]
  pure (map (read . Bytes.unpack) (drop 1 answer))

-- Close the playbill, and return the lines of its log.
closing :: Lab -> IO [ByteString]
closing lab = do
  ask lab ["close"] `shouldReturn` ["closed"]
  Bytes.lines <$> Bytes.readFile (folder lab </> "send log")

server :: ByteString -> ByteString
server = ("server 0 a  poem.txt\n" <>)

acts :: [ByteString] -> [ByteString]
acts = map (text "act")

spec :: Spec
spec = describe "the lab's servers" $ do
  it "serve their own poems on the ports in the answer, with paths relative to the playbill's folder" $ withLab $ \lab -> do
    Bytes.writeFile (folder lab </> "other.txt") "another"
    let other = "server 0 ../" <> name lab <> "/other.txt\n0 send 7\n0 close\n"
    [first, down, second] <- listening lab [server atOnce, "down 0\n", other]
    fetch second `shouldReturn` "another"
    fetch first `shouldReturn` poem
    refuses down `shouldReturn` True
    map (text "server") <$> closing lab `shouldReturn` ["3", "3", "3", "1", "1", "1"]

  it "have a log for each playbill, which is complete when they answer closed" $ withLab $ \lab ->
    for_ [1 .. 3] $ \count -> do
      [whole, cut] <- listening lab [server atOnce, server inAnHour]
      for_ [1 .. count :: Int] (const (fetch whole `shouldReturn` poem))
      entries <- withConnectionTo cut $ \client -> do
        recv client 99 `shouldReturn` Bytes.take 10 poem
        entries <- closing lab
        outcome <- try (recv client 1) :: IO (Either IOError ByteString)
        fromRight "reset" outcome `shouldBe` "reset"
        pure entries
      acts entries `shouldBe` concat (replicate count ["accept", "send", "close"]) ++ ["accept", "send", "reset"]
      refuses whole `shouldReturn` True

  it "keep a stalled connection open until the client ends it or the playbill is closed" $ withLab $ \lab -> do
    [port_] <- listening lab [server never]
    withConnectionTo port_ $ \staying -> do
      recv staying 99 `shouldReturn` Bytes.take 10 poem
      withConnectionTo port_ $ \leaving -> do
        recv leaving 99 `shouldReturn` Bytes.take 10 poem
        shutdown leaving ShutdownSend
        recv leaving 99 `shouldReturn` ""
      entries <- closing lab
      [text "act" entry | entry <- entries, text "conn" entry == "1"] `shouldBe` ["accept", "send", "reset"]
      [text "act" entry | entry <- entries, text "conn" entry == "2"] `shouldSatisfy` (== "hang-up") . last

  it "can open a port again immediately after they have served on it" $ withLab $ \lab -> do
    [port_] <- listening lab [server atOnce]
    fetch port_ `shouldReturn` poem
    _ <- closing lab
    listening lab ["server " <> Bytes.pack (show port_) <> " a  poem.txt\n" <> atOnce] `shouldReturn` [port_]
    fetch port_ `shouldReturn` poem

  it "log the times of the clock that all processes share" $ withLab $ \lab -> do
    [port_] <- listening lab [server atOnce]
    earlier <- machineSeconds
    _ <- fetch port_
    later <- machineSeconds
    [accept_, send, _] <- closing lab
    let stamps = [earlier, reading "t" accept_, reading "t" send, later + 0.000001]
    and (zipWith (<=) stamps (drop 1 stamps)) `shouldBe` True
    reading "due" send `shouldBe` reading "t" accept_

  it "write the log while the run goes on" $ withLab $ \lab -> do
    [port_] <- listening lab [server inAnHour]
    withConnectionTo port_ $ \_ -> do
      let follow = do
            entries <- Bytes.lines <$> Bytes.readFile (folder lab </> "send log")
            if length entries < 2 then follow else pure (acts entries)
      follow `shouldReturn` ["accept", "send"]

  it "reserve a port that is down, so that no other program can take it" $ withLab $ \lab -> do
    [port_] <- listening lab ["down 0\n"]
    for_ [0, 1] $ \reuse -> do
      other <- socket AF_INET Stream defaultProtocol
      setSocketOption other ReuseAddr reuse
      bind other (SockAddrInet port_ (tupleToHostAddress (127, 0, 0, 1))) `shouldThrow` anyIOException
      close other
    closing lab `shouldReturn` []

  describe "report what is wrong with a playbill, and then open a good one:" $
    for_
      [ (server "0 sing 10\n", "playbill, line 3: not an act of a schedule: '0 sing 10'")
      , ("server 65536 a  poem.txt\n", "playbill, line 2: 65536 is not a port")
      , (server "0 send 10\n", "a schedule must end with 'close', 'fin', 'reset' or 'stall'")
      , (server "0 send 99\n0 close\n", "sends 99 bytes of a poem of 35")
      , ("server 0 missing.txt\n0 close\n", "missing.txt': No such file or directory")
      , ("iface 192.0.2.1\n" <> server atOnce, "cannot listen on 192.0.2.1:0: ")
      , ("iface 192.0.2.1\ndown 0\n", "cannot listen on 192.0.2.1:0: ")
      ]
      $ \(wrong, why) -> it (show why) $ withLab $ \lab -> do
        ["error", message] <- open lab [wrong]
        message `shouldSatisfy` Bytes.isInfixOf why
        [port_] <- listening lab [server atOnce]
        fetch port_ `shouldReturn` poem

  it "name a playbill or log that cannot be opened" $ withLab $ \lab -> do
    let nowhere = folder lab </> "nowhere" </> "file"
    for_ [[nowhere, folder lab </> "log"], [folder lab </> "a  poem.txt", nowhere]] $ \paths -> do
      ["error", message] <- ask lab ("open" : paths)
      message `shouldSatisfy` Bytes.isInfixOf (Bytes.pack nowhere)

  it "name a port that is in use, and free the ports opened before it" $ withLab $ \lab -> do
    [free] <- listening lab [server atOnce]
    _ <- closing lab
    let on port_ = "server " <> Bytes.pack (show port_) <> " a  poem.txt\n" <> atOnce
    withRefusing $ \taken -> do
      open lab [on free, on (port taken)]
        `shouldReturn` ["error", "cannot listen on " <> Address.format taken <> ": Address already in use"]
      refuses free `shouldReturn` True
    listening lab [on free] `shouldReturn` [free]

  it "open one playbill at a time, and close it once" $ withLab $ \lab -> do
    ask lab ["close"] `shouldReturn` ["error", "no playbill is open"]
    [port_] <- listening lab [server atOnce]
    open lab [server atOnce] `shouldReturn` ["error", "a playbill is open already"]
    fetch port_ `shouldReturn` poem
    acts <$> closing lab `shouldReturn` ["accept", "send", "close"]
    ask lab ["close"] `shouldReturn` ["error", "no playbill is open"]

  it "refuse unknown commands, and execute the next" $ withLab $ \lab -> do
    for_ [["dance"], [""], ["open"], ["open", "one"], ["close", "now"], ["open\0", "\xe9"]] $ \words_ -> do
      ["error", message] <- ask lab words_
      message `shouldSatisfy` Bytes.isPrefixOf "unknown command '"
    [port_] <- listening lab [server atOnce]
    fetch port_ `shouldReturn` poem

  it "end with status 0 when standard input ends, with a complete log" $ withLab $ \lab -> do
    [port_] <- listening lab [server inAnHour]
    withConnectionTo port_ $ \client -> do
      recv client 99 `shouldReturn` Bytes.take 10 poem
      ended (servers lab) `shouldReturn` (ExitSuccess, "", "")
    acts . Bytes.lines <$> Bytes.readFile (folder lab </> "send log") `shouldReturn` ["accept", "send", "reset"]
 where
  name = Bytes.pack . reverse . takeWhile (/= '/') . reverse . folder

-- CLOCK_MONOTONIC as the kernel returns it; it is number 1 on Linux.
machineSeconds :: IO Double
machineSeconds = allocaArray 2 $ \spec_ -> do
  0 <- clockGettime 1 spec_
  [whole, nanoseconds] <- peekArray 2 spec_
  pure (fromIntegral whole + fromIntegral nanoseconds / 1e9)

foreign import ccall unsafe "clock_gettime" clockGettime :: CInt -> Ptr CLong -> IO CInt
